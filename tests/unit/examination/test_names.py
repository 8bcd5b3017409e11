"""What the domain name system says of a sender."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from notifier.configuration import Dkim, Secret, SmtpServer
from notifier.examination.finding import Finding, Status, Subject
from notifier.examination.names import Resolver, examine_domain
from notifier.keys import dkim

KEY = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="  # of RFC 8463, appendix A.1
GOOD = "v=spf1 mx -all"


def world(records: Mapping[str, Sequence[str]]) -> Resolver:
    """A resolver that knows these."""

    def ask(name: str) -> Sequence[str]:
        if name not in records:
            raise LookupError(name)
        return records[name]

    return ask


def look(
    records: Mapping[str, Sequence[str]], *, signs: bool = False, sender: str = "T <t@example.org>"
) -> list[Finding]:
    """The findings about a sender."""
    signature = Dkim("example.org", "s1", Secret(KEY)) if signs else None
    server = SmtpServer("relay", "localhost", sender=sender, dkim=signature)
    return list(examine_domain(Subject("mail", "relay"), server, world(records)))


@pytest.mark.parametrize(
    ("records", "status", "words"),
    [
        ([], Status.WARNING, "has no SPF record"),
        (["other", GOOD], Status.OK, "ends in -all"),
        (["v=spf1 include:x.example ~all"], Status.OK, "ends in ~all"),
        (["v=spf1 redirect=x.example"], Status.OK, "ends in redirect=x.example"),
        (["v=spf1 mx +all"], Status.WARNING, "anybody may send for it"),
        (["v=spf1 mx"], Status.WARNING, "anybody may send for it"),
        ([GOOD, "v=spf1 a -all"], Status.ERROR, "2 SPF records"),
    ],
)
def test_spf_is_read_as_receivers_read_it(records: list[str], status: Status, words: str) -> None:
    """None, one that ends well, one that doesn't, and two, which count for none."""
    found = look({"example.org": records})[0]

    assert found.status is status
    assert words in found.what


def test_the_published_key_has_to_be_the_one_that_signs() -> None:
    """And what has to be published is in the fix."""
    name, record = "s1._domainkey.example.org", dkim.read(KEY).record
    spaced = record.replace("p=", "p= ")

    missing = look({"example.org": [GOOD]}, signs=True)[1]
    other = look({"example.org": [GOOD], name: ["v=DKIM1; k=ed25519; p=AAAA"]}, signs=True)[1]
    right = look({"example.org": [GOOD], name: [spaced]}, signs=True)[1]

    assert [missing.status, other.status, right.status] == [Status.ERROR, Status.ERROR, Status.OK]
    assert record in missing.fix
    assert record in other.fix
    assert KEY not in missing.fix


def test_a_resolver_that_does_not_answer_is_a_note() -> None:
    """Nothing is known, so nothing is wrong."""

    def away(_: str) -> Sequence[str]:
        raise OSError("the resolver doesn't answer")

    server = SmtpServer("relay", "localhost", sender="t@example.org")
    (found,) = examine_domain(Subject("mail", "relay"), server, away)

    assert found.status is Status.NOTE
    assert "doesn't answer" in found.what


def test_a_sender_without_a_domain_of_its_own_is_not_looked_up() -> None:
    """Localhost, or none."""
    assert look({}, sender="root@localhost") == look({}, sender="") == []
    # Whoever signs has a domain of his own.
    assert [finding.status for finding in look({}, sender="", signs=True)] == [Status.ERROR]
