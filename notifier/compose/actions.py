"""The actions and their options, as the handler module API describes them (reference section 3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from notifier.compose.recipients import RECIPIENT_TYPES

Descriptor = Mapping[str, Any]


def _option(kind: str, description: str, *, required: bool = False, value: tuple[str, ...] = ()) -> Descriptor:
    descriptor: dict[str, Any] = {"type": kind, "required": required, "description": description}
    if value:
        descriptor["value"] = list(value)
    return descriptor


def _people(option: str, whom: str) -> dict[str, Descriptor]:
    return {
        f"{option} tokenowner": _option("str", f"The owner's attribute that holds the address ({whom}); email."),
        f"{option} logged_in_user": _option("str", f"The caller's attribute that holds the address ({whom}); email."),
        f"{option} internal admin": _option("str", f"The internal admin's name ({whom})."),
        f"{option} admin realm": _option("str", f"The realm whose members are meant ({whom}).", required=True),
        f"{option} email": _option("str", f"Addresses, separated by commas ({whom})."),
    }


_TO = _option("str", "Whom to tell.", required=True, value=RECIPIENT_TYPES)
_BODY = "The text, with {tags}; file:NAME takes it from templates/."
_TEMPLATE = _option("str", "A template under templates/ in place of subject and body.")

ACTIONS: Mapping[str, Mapping[str, Descriptor]] = {
    "sendmail": {
        "emailconfig": _option("str", "The SMTP server (smtp_servers.yaml).", required=True),
        "To": _TO,
        **_people("To", "recipient"),
        "reply_to": _option("str", "Where answers go; else to the sender.", value=("", *RECIPIENT_TYPES)),
        **_people("reply_to", "answers"),
        "subject": _option("str", "The subject, with {tags}."),
        "body": _option("text", _BODY),
        "mimetype": _option("str", "plain or html.", value=("plain", "html")),
        "attach_qrcode": _option("bool", "Attach the enrolment QR code, as cid:token_image."),
        "template": _TEMPLATE,
    },
    "sendsms": {
        "smsconfig": _option("str", "The SMS gateway (sms_gateways.yaml).", required=True),
        "To": _TO,
        **_people("To", "recipient"),
        "body": _option("text", _BODY),
        "template": _TEMPLATE,
    },
    "savefile": {
        "body": _option("text", _BODY, required=True),
        "filename": _option("str", "The file under spool_directory, with {tags} and {random}.", required=True),
        "template": _TEMPLATE,
    },
}
