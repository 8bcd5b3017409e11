"""SMTP servers as they stand there, and the same as they stand here (reference section 4.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from notifier.definitions.privacyidea.entries import Entry
from notifier.definitions.privacyidea.report import Report
from notifier.definitions.privacyidea.secrets import Secrets, literal
from notifier.definitions.privacyidea.sensitive import is_striking
from notifier.definitions.privacyidea.values import text, truth
from notifier.definitions.privacyidea.vocabulary import CENSORED

_SECRETS = ("password", "private_key_password")
#: Carried as they are, in this order, where they say something.
_AS_IS = ("username", "sender", "description")
_SIGNING = ("private_key", "certificate")
_FIELDS = frozenset(
    """server port tls timeout enqueue_job smime dont_send_on_error id identifier name""".split()
).union(_SECRETS, _AS_IS, _SIGNING)
#: What names a file, and isn't the key itself.
_PATH = re.compile(r"/?[\w .-]+(/[\w .-]+)*\.\w{1,5}|/[\w .-]{1,40}(/[\w .-]{1,40})*")
DEFAULT_PORT = "25"


def smtp_servers(given: Mapping[str, Mapping[str, Any]], secrets: Secrets, report: Report) -> list[Entry]:
    """The entries of ``smtp_servers.yaml``."""
    return [_entry(name, raw, secrets, report) for name, raw in given.items()]


def placeholder(name: str) -> Entry:
    """A server that definitions name, and the export doesn't have; its host can't exist, so nothing is lost in it."""
    content = {"server": "smtp.invalid", "tls": "starttls", "sender": ""}
    return Entry(f"SMTP server {name!r}", name, content, "Not in the export: fill in server, tls and sender.")


def _entry(name: str, raw: Mapping[str, Any], secrets: Secrets, report: Report) -> Entry:
    what = f"SMTP server {name!r}"
    server = text(raw.get("server")).strip()
    content: dict[str, Any] = {"server": secrets.guarded(("smtp", name, "server"), what, server)}
    if port := text(raw.get("port")) or DEFAULT_PORT:
        content["port"] = int(port) if port.isascii() and port.isdigit() and len(port) < 6 else literal(port)
    content["tls"] = _tls(server, raw, what, report)
    content |= {key: literal(text(raw[key])) for key in _AS_IS[:1] if text(raw.get(key))}
    if password := text(raw.get("password")):
        content["password"] = secrets.take(("smtp", name, "password"), f"{what}, password", password)
    content["sender"] = literal(text(raw.get("sender")))
    if timeout := text(raw.get("timeout")):
        content["timeout"] = int(timeout) if timeout.isascii() and timeout.isdigit() else literal(timeout)
    if description := text(raw.get("description")):
        content["description"] = secrets.guarded(("smtp", name, "description"), f"{what}, text", description)
    if truth(raw.get("smime"), default=False):
        content |= _signing(name, raw, secrets, what)
    for key in raw.keys() - _FIELDS:
        report.dropped(what, f"its field {key!r}: there is none of that name")
    for key, value in content.items():
        if value == CENSORED:
            content[key] = secrets.take(("smtp", name, key), f"{what}, {key}", CENSORED)
    return Entry(what, name, content)


def _tls(server: str, raw: Mapping[str, Any], what: str, report: Report) -> str:
    implicit = server.lower().startswith("smtps://")
    tls = "implicit" if implicit else "starttls" if truth(raw.get("tls"), default=False) else "none"
    if tls != "none":
        report.changed(what, "its certificate is verified now; there it wasn't (`ca_file: PATH` for an authority of "
                             "your own, `verify: false` if it must be)")  # fmt: skip
    return tls


def _signing(name: str, raw: Mapping[str, Any], secrets: Secrets, what: str) -> dict[str, Any]:
    content: dict[str, Any] = {"smime": True}
    for key in _SIGNING:
        if value := text(raw.get(key)):
            taken = is_striking("", value) or (
                key == "private_key" and not (len(value) < 300 and _PATH.fullmatch(value))
            )
            content[key] = secrets.take(("smtp", name, key), f"{what}, {key}", value) if taken else literal(value)
    if password := text(raw.get("private_key_password")):
        words = ("smtp", name, "private_key_password")
        content["private_key_password"] = secrets.take(words, f"{what}, private_key_password", password)
    content["dont_send_on_error"] = truth(raw.get("dont_send_on_error"), default=False)
    return content


def _is_path(value: str) -> bool:
    return len(value) < 300 and bool(_PATH.fullmatch(value))
