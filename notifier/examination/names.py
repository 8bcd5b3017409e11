"""What the domain name system says of a sender's domain: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from notifier.address import bare
from notifier.configuration import SmtpServer
from notifier.errors import MissingExtra
from notifier.examination.finding import Finding, Subject

#: The TXT records of a name. Raises LookupError where there are none, OSError where nobody answers.
Resolver = Callable[[str], Sequence[str]]
FEATURE, EXTRA = "a look at SPF, DKIM and DMARC", "doctor"
SECONDS = 3.0


def resolver() -> Resolver:
    """The system's.

    Raises:
        MissingExtra: nothing here can ask it.
        OSError: there is none.
    """
    try:
        import dns.exception  # noqa: PLC0415 - an extra
        import dns.resolver  # noqa: PLC0415
    except ImportError:
        raise MissingExtra(FEATURE, EXTRA) from None
    try:
        system = dns.resolver.Resolver()
    except dns.exception.DNSException as error:
        raise OSError("no resolver is configured") from error
    system.lifetime = SECONDS

    def ask(name: str) -> Sequence[str]:
        try:
            answer = system.resolve(name, "TXT")
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer) as error:
            raise LookupError(name) from error
        except dns.exception.DNSException as error:
            raise OSError("the resolver doesn't answer") from error
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]

    return ask


def examine_domain(subject: Subject, server: SmtpServer, ask: Resolver) -> Iterator[Finding]:
    """The records of the sender's domain, and of the one that signs."""
    domain = bare(server.sender).rpartition("@")[2]
    known = "." in domain  # else localhost, or no sender
    try:
        if known:
            yield _spf(subject, domain, ask)
        if server.dkim is not None:
            yield _dkim(subject, server, ask)
        if known:
            yield _dmarc(subject, domain, ask)
    except OSError as error:
        yield subject.note(f"SPF, DKIM and DMARC weren't looked at: {error}")


def _spf(subject: Subject, domain: str, ask: Resolver) -> Finding:
    found = _records(ask, domain, "v=spf1")
    if not found:
        return subject.warning(f"{domain} has no SPF record", f"publish one: {domain} TXT 'v=spf1 mx -all', say")
    if len(found) > 1:
        return subject.error(f"{domain} has {len(found)} SPF records: receivers take none", "leave one")
    last = found[0].split()[-1].lower()
    if last in ("-all", "~all") or last.startswith("redirect="):
        return subject.ok(f"SPF of {domain} ends in {last}; whether it names this relay, receivers decide")
    return subject.warning(f"SPF of {domain} ends in {last}: anybody may send for it", "end it in -all or ~all")


def _dkim(subject: Subject, server: SmtpServer, ask: Resolver) -> Finding:
    from notifier.keys import dkim  # noqa: PLC0415 - only where mails are signed
    from notifier.keys.pem import BadKey  # noqa: PLC0415

    if server.dkim is None:
        raise TypeError("no dkim")
    name = f"{server.dkim.selector}._domainkey.{server.dkim.domain}"
    try:
        key = dkim.read(server.dkim.private_key.reveal(), server.dkim.algorithm)
    except (BadKey, MissingExtra) as error:
        return subject.error(f"DKIM: {error}", "see dkim.private_key")
    found = _records(ask, name, "")
    if not found:
        return subject.error(f"{name} has no record: nobody can verify the signature", f"publish it: {key.record}")
    published = {part.partition("=")[0].strip(): part.partition("=")[2] for part in found[0].split(";")}
    if "".join(published.get("p", "").split()) != key.public:
        return subject.error(f"{name} has another key than dkim.private_key", f"publish this one: {key.record}")
    return subject.ok(f"DKIM key of {name} is published")


def _dmarc(subject: Subject, domain: str, ask: Resolver) -> Finding:
    found = _records(ask, f"_dmarc.{domain}", "v=DMARC1")
    if found:
        return subject.ok(f"DMARC of {domain} is published")
    return subject.note(f"{domain} has no DMARC record of its own", f"_dmarc.{domain} TXT 'v=DMARC1; p=none', to begin")


def _records(ask: Resolver, name: str, begin: str) -> list[str]:
    try:
        return [text for text in ask(name) if text.lower().startswith(begin.lower())]
    except LookupError:
        return []
