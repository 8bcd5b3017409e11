"""Parsers of mail that know nothing of ours and nothing of each other: what they read is what a reader sees."""

from __future__ import annotations

import email
import email.policy
import json
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from functools import cache
from typing import Any

import fast_mail_parser


@dataclass(frozen=True, slots=True)
class Read:
    """A mail as a parser has read it; texts with plain line ends and without the last ones."""

    subject: str
    texts: tuple[str, ...]
    files: tuple[tuple[str, bytes], ...]

    @classmethod
    def of(cls, subject: str, texts: Sequence[str], files: Sequence[tuple[str, bytes]]) -> Read:
        """What a parser says, without what each does in its way: blanks around a header, and at a text's end."""
        plain = (text.replace("\r\n", "\n").rstrip("\n") for text in texts)
        return cls(" ".join(subject.split()), tuple(plain), tuple(files))


def by_python(content: bytes) -> Read:
    """Python's `email`, as it is today."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not any(part.defects for part in message.walk())
    return _read(message, str(message["Subject"]))


def by_old_python(content: bytes) -> Read:
    """Python's `email`, as it was before 3.3: another parser of headers."""
    message = email.message_from_bytes(content)
    unfolded = str(message["Subject"]).replace("\r\n", "").replace("\n", "")
    return _read(message, str(make_header(decode_header(unfolded))))


def _read(message: Message, subject: str) -> Read:
    parts = [(part, part.get_payload(decode=True)) for part in message.walk() if not part.is_multipart()]
    octets = [(part, data) for part, data in parts if isinstance(data, bytes)]
    return Read.of(
        subject,
        [data.decode() for part, data in octets if part.get_content_maintype() == "text"],
        [(part.get_filename() or "", data) for part, data in octets if part.get_content_maintype() != "text"],
    )


def by_rust(content: bytes) -> Read:
    """`mailparse`, of Rust; texts come by kind, plain ones first."""
    found = fast_mail_parser.parse_email(content)
    files = [(each.filename, bytes(each.content)) for each in found.attachments]
    return Read.of(found.subject, [*found.text_plain, *found.text_html], files)


#: One perl for many mails: their lengths and octets come in, a line of JSON goes out for each.
_PERL = r"""
use strict; use warnings; use JSON::PP; use MIME::Base64; binmode STDIN; binmode STDOUT;
sub mails { my ($read) = @_;
  while (defined(my $n = <STDIN>)) { read STDIN, my $mail, $n; print encode_json($read->($mail)), "\n"; } }
sub part { my ($kind, $name, $octets) = @_;
  return [lc($kind), defined $name ? $name : "", encode_base64($octets, "")]; }
"""
_EMAIL_MIME = r"""
use Email::MIME;
mails(sub { my $mail = Email::MIME->new($_[0]); my @parts;
  $mail->walk_parts(sub { my $part = $_[0]; return if $part->subparts;
    my ($kind) = $part->content_type =~ /^([^;]+)/; push @parts, part($kind, $part->filename, $part->body); });
  return [$mail->header_str("Subject"), \@parts]; });
"""
_MIME_PARSER = r"""
use MIME::Parser; use Encode;
my $parser = MIME::Parser->new; $parser->output_to_core(1); $parser->tmp_to_core(1);
mails(sub { my $mail = $parser->parse_data($_[0]); my @parts; my @left = ($mail);
  while (my $part = shift @left) { if ($part->parts) { unshift @left, $part->parts; next; }
    push @parts, part($part->effective_type, $part->head->recommended_filename, $part->bodyhandle->as_string); }
  (my $subject = $mail->head->get("Subject")) =~ s/\r?\n(?=[ \t])//g; chomp $subject;
  return [decode("MIME-Header", $subject), \@parts]; });
"""


@cache
def perls() -> dict[str, Callable[[Sequence[bytes]], list[Read]]]:
    """The parsers of Perl that are installed (Debian: libemail-mime-perl, libmime-tools-perl)."""
    found = {"Email::MIME": _EMAIL_MIME, "MIME::Parser": _MIME_PARSER}
    perl = shutil.which("perl")
    if perl is None:
        return {}
    asked = {name: subprocess.run([perl, f"-M{name}", "-e", "1"], check=False, capture_output=True) for name in found}
    there = (name for name, run in asked.items() if run.returncode == 0)
    return {name: _by_perl(perl, found[name]) for name in there}


def _by_perl(perl: str, program: str) -> Callable[[Sequence[bytes]], list[Read]]:
    def read(contents: Sequence[bytes]) -> list[Read]:
        given = b"".join(b"%d\n%b" % (len(content), content) for content in contents)
        run = subprocess.run([perl, "-e", _PERL + program], input=given, capture_output=True, check=True, timeout=100)
        return [_of_json(json.loads(line)) for line in run.stdout.splitlines()]

    return read


def _of_json(said: Any) -> Read:
    subject, parts = said
    octets = [(kind, name, b64decode(data)) for kind, name, data in parts]
    texts = [data.decode() for kind, _, data in octets if kind.startswith("text/")]
    return Read.of(subject, texts, [(name, data) for kind, name, data in octets if not kind.startswith("text/")])
