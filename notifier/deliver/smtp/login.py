"""Logging in to an SMTP server (RFC 4954): by password (PLAIN, LOGIN, CRAM-MD5) or by token (XOAUTH2)."""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from notifier.configuration import SmtpAuth, SmtpServer, Tls
from notifier.deliver.classify.smtp import provider_refusal
from notifier.deliver.provider import Side, unheard
from notifier.deliver.scrub import scrub
from notifier.deliver.smtp.client import SmtpClient
from notifier.deliver.smtp.token import TokenSource
from notifier.deliver.stop import Stop
from notifier.outcome import Deferred, Misconfigured, Reason

#: What a mechanism says: user, secret, the challenge as it came, and its number (0: none yet) → the response.
Respond = Callable[[str, str, bytes, int], str]
#: No mechanism of ours is asked as often.
_MOST_CHALLENGES = 5


def _plain(user: str, password: str, _: bytes, __: int) -> str:
    return f"\0{user}\0{password}"


def _login(user: str, password: str, _: bytes, number: int) -> str:
    return user if number == 1 else password


def _cram_md5(user: str, password: str, challenge: bytes, _: int) -> str:
    decoded = base64.b64decode(challenge, validate=True)
    return f"{user} {hmac.new(password.encode(), decoded, 'md5').hexdigest()}"


def _xoauth2(user: str, token: str, _: bytes, number: int) -> str:
    # What comes as a challenge tells why the token is refused; an empty answer has the server say so.
    return "" if number else f"user={user}\1auth=Bearer {token}\1\1"


#: In the order they are tried, and whether the first response goes along with the command.
_MECHANISMS: Mapping[SmtpAuth, tuple[Respond, bool]] = {
    SmtpAuth.CRAM_MD5: (_cram_md5, False),
    SmtpAuth.PLAIN: (_plain, True),
    SmtpAuth.LOGIN: (_login, False),
    SmtpAuth.XOAUTH2: (_xoauth2, True),
}


def log_in(connection: SmtpClient, server: SmtpServer, tokens: TokenSource, *, secure: bool) -> None:
    """Say who we are, where that is configured.

    Raises:
        Stop: The server doesn't believe it.
        smtplib.SMTPException: The connection is over.
    """
    if not server.username or server.auth is SmtpAuth.NONE:
        return
    if not secure and server.tls is Tls.AUTO and not _is_loopback(server.host):
        why = "refusing to send the password unencrypted; set tls: none to allow it"
        raise Stop(Misconfigured(Reason.TLS_UNAVAILABLE, why))
    mechanisms = _mechanisms(connection.esmtp_features.get("auth", ""), server, tokens)
    if mechanisms == [SmtpAuth.XOAUTH2]:
        _by_token(connection, server.username, tokens)
    else:
        _try_each(connection, mechanisms, server.username, server.password.reveal())


def _mechanisms(offered: str, server: SmtpServer, tokens: TokenSource) -> list[SmtpAuth]:
    """Those that are wanted and offered, in the order they are tried."""
    wanted: list[SmtpAuth] = [server.auth]
    if server.auth is SmtpAuth.AUTO:
        wanted = [SmtpAuth.XOAUTH2] if tokens else [SmtpAuth.CRAM_MD5, SmtpAuth.PLAIN, SmtpAuth.LOGIN]
    found = [mechanism for mechanism in wanted if mechanism in offered.lower().split()]
    if not found:
        which = "AUTH that we know" if len(wanted) > 1 else f"AUTH {wanted[0].upper()}"
        raise Stop(Misconfigured(Reason.AUTHENTICATION_FAILED, f"the server offers no {which}"))
    return found


def _by_token(connection: SmtpClient, user: str, tokens: TokenSource) -> None:
    """One from memory may have expired: its refusal says nothing of the next one."""
    remembered = not tokens.is_fresh
    try:
        _try_each(connection, [SmtpAuth.XOAUTH2], user, tokens.token().reveal())
    except Stop as stop:
        if isinstance(stop.outcome, Misconfigured):
            tokens.refused()
        if not remembered or not tokens.is_fresh:
            raise
        _by_token(connection, user, tokens)


def _try_each(connection: SmtpClient, mechanisms: list[SmtpAuth], user: str, secret: str) -> None:
    """Some servers offer what they don't do: the last word counts."""
    code, words = 0, b""
    #: What nobody may see, in all the forms in which it was said: some servers repeat it.
    hidden = [user, secret]
    with _in_secret(connection, hidden):
        for mechanism in mechanisms:
            code, words = _said(connection, mechanism, user, secret, hidden)
            if code == 235:
                return
    if 400 <= code < 500:
        raise Stop(provider_refusal(code, words, hidden=hidden))
    raise Stop(Misconfigured(Reason.AUTHENTICATION_FAILED, f"{code} {scrub(words, hidden)}"))


def _said(connection: SmtpClient, mechanism: SmtpAuth, user: str, secret: str, hidden: list[str]) -> tuple[int, bytes]:
    """One mechanism's conversation; its last reply."""
    respond, at_once = _MECHANISMS[mechanism]

    def response(challenge: bytes, number: int) -> str:
        text = respond(user, secret, challenge, number)
        encoded = base64.b64encode(text.encode()).decode()
        hidden.extend((text, encoded))
        return encoded

    initial = " " + response(b"", 0) if at_once else ""
    code, words = connection.docmd("AUTH", f"{mechanism.upper()}{initial}")
    for number in range(1, _MOST_CHALLENGES + 1):
        if code != 334:
            break
        try:
            answer = response(words, number)
        except binascii.Error:
            why = "a challenge that is none"
            raise Stop(Deferred(Reason.UNEXPECTED_ANSWER, why, provider_failed=True)) from None
        code, words = connection.docmd(answer)
    return code, words


@contextmanager
def _in_secret(connection: SmtpClient, hidden: list[str]) -> Iterator[None]:
    """What we say isn't told to whoever listens; nor what the server repeats of it."""
    hear = connection.hear
    if hear is unheard:
        yield
        return
    connection.secretly = True
    # The reply's code stays: with an enhanced one behind it, it would look like a telephone number.
    connection.hear = lambda side, line: hear(side, line[:4] + scrub(line[4:], hidden) if side is Side.PEER else line)
    try:
        yield
    finally:
        connection.secretly, connection.hear = False, hear


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
