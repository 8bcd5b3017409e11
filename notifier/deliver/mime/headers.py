"""Headers and their values (RFC 5322, RFC 2047).

No line break ever reaches a header: control characters become blanks before anything is encoded.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from email.utils import getaddresses
from functools import lru_cache
from unicodedata import category

from notifier.address import bare

#: RFC 5322 section 2.1.1 wants 78 without the line's end, RFC 2047 section 2 wants 76 where a word is encoded.
LONGEST_LINE = 76
#: ``=?utf-8?b?`` and ``?=``.
_AROUND_A_WORD = 12
_LONGEST_WORD = 75
_LONGEST_QUOTED = 60
_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
#: What `getaddresses` makes one mailbox of, and of several with commas between them just those: most are, and to parse
#: them costs more than all else of a mail.
_PLAIN = re.compile(rf"{_WORD}(\.{_WORD})*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_ATEXT = re.compile(rf"{_WORD}( {_WORD})*")

Headers = list[tuple[str, str]]


def head(headers: Headers) -> bytes:
    """The lines of some headers."""
    # UTF-8 only for mailboxes that need SMTPUTF8 (RFC 6532); all else is ASCII by now.
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode()


def clean(text: str) -> str:
    """Without control characters, line and paragraph separators, and halves of surrogate pairs."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(" " if category(c) in {"Cc", "Zl", "Zp", "Cs"} else c for c in text)


def text(name: str, value: str) -> str:
    """An unstructured header's value: as it is, folded at its blanks, or encoded."""
    value, used = clean(value), len(name) + 2
    plain = value.isascii() and "=?" not in value and "  " not in value and value == value.strip()
    if plain and used + len(value) <= LONGEST_LINE:
        return value
    if plain and all(used + len(word) <= LONGEST_LINE for word in value.split(" ")):
        return _folded(value, used)
    return "\r\n ".join(_encoded_words(value, used))


def addresses(name: str, texts: Iterable[str]) -> str:
    """The value of a header that names mailboxes; empty where there is none in the texts."""
    given = [clean(text) for text in texts]
    if all(map(_PLAIN.fullmatch, given)):
        return ",\r\n ".join(given)
    lines, used = [], len(name) + 2
    for display_name, mailbox in getaddresses(given):
        if mailbox:
            lines.append(_mailbox(display_name, mailbox, used))
            used = 1
    return ",\r\n ".join(lines)


@lru_cache(maxsize=64)
def address(name: str, text: str) -> str:
    """The same of one mailbox, a sender's: it is in every mail. What is none comes back as it is."""
    return addresses(name, [text]) or bare(clean(text))


def _folded(value: str, used: int) -> str:
    lines = [""]
    for word in value.split(" "):
        room = LONGEST_LINE - (used if len(lines) == 1 else 1)
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return "\r\n ".join(lines)


def _encoded_words(value: str, used: int) -> Iterator[str]:
    """Each holds whole characters (RFC 2047 section 5); the first one has the header's name beside it."""
    octets, room = b"", _octets(LONGEST_LINE - used)
    for character in value:
        more = character.encode()
        if len(octets) + len(more) > room:
            yield _encoded_word(octets)
            octets, room = b"", _octets(_LONGEST_WORD)
        octets += more
    yield _encoded_word(octets)


def _octets(length: int) -> int:
    """So many fit into an encoded word of a length."""
    return (length - _AROUND_A_WORD) // 4 * 3


def _encoded_word(octets: bytes) -> str:
    return f"=?utf-8?b?{b64encode(octets).decode()}?="


def _mailbox(name: str, mailbox: str, used: int) -> str:
    mailbox = bare(mailbox)
    name = name.strip()
    if not name:
        return mailbox
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    if quoted.isascii() and len(quoted) <= _LONGEST_QUOTED and "=?" not in quoted:
        words = name if _ATEXT.fullmatch(name) else f'"{quoted}"'
        fold = "\r\n" if used + len(words) + len(mailbox) + 4 > LONGEST_LINE else ""
    else:
        words, fold = "\r\n ".join(_encoded_words(name, used)), "\r\n"
    return f"{words}{fold} <{mailbox}>"
