"""The actions and their options, as the handler module API describes them (reference section 3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from notifier.compose import defaults
from notifier.compose.recipienttypes import TYPES

#: ``{type, required, description, example}``, and ``default`` and ``value`` (the choices) where there are any.
Descriptor = Mapping[str, Any]


def _option(
    kind: str, description: str, example: str, *, required: bool = False, default: str = "", value: tuple[str, ...] = ()
) -> Descriptor:
    descriptor: dict[str, Any] = {"type": kind, "required": required, "description": description, "example": example}
    if default:
        descriptor["default"] = default
    if value:
        descriptor["value"] = list(value)
    return descriptor


def _people(option: str, whom: str) -> dict[str, Descriptor]:
    return {
        f"{option} {name}": _option(
            "str",
            f"{kind.argument} ({whom}).",
            kind.example,
            required=kind.required,
            default=defaults.ATTRIBUTE if kind.names_attribute else "",
        )
        for name, kind in TYPES.items()
    }


def _people_with_numbers() -> dict[str, Descriptor]:
    """A number's attribute is fixed (reference section 3.1), and those given by their address have none."""
    options = _people("To", "recipient")
    fixed = {n: "Without effect: a number is always in mobile." for n, kind in TYPES.items() if kind.names_attribute}
    for name, words in {**fixed, "email": "Without effect: an address has no number, and is skipped."}.items():
        options[f"To {name}"] = _option("str", words, "")
    return options


_TO = _option("str", "Whom to tell.", "email", required=True, default=defaults.RECIPIENT, value=tuple(TYPES))
_BODY = "The text, with {tags}; file:NAME takes it from templates/."
_TEXT = "Hello {user}, your token is {serial}."
_TEMPLATE = _option("str", "A template under templates/ in place of the text, and of a subject.", "registration_code")

ACTIONS: Mapping[str, Mapping[str, Descriptor]] = {
    "sendmail": {
        "emailconfig": _option("str", "The SMTP server (smtp_servers.yaml).", "relay1", required=True),
        "To": _TO,
        **_people("To", "recipient"),
        "reply_to": _option("str", "Where answers go; else to the sender.", "tokenowner", value=("", *TYPES)),
        **_people("reply_to", "answers"),
        "subject": _option("str", "The subject, with {tags}.", "New token {serial}", default=defaults.SUBJECT),
        "body": _option("text", _BODY, _TEXT, default=defaults.BODY),
        "mimetype": _option("str", "What the body is.", "html", default=defaults.MIMETYPE, value=defaults.MIMETYPES),
        "attach_qrcode": _option("bool", "Attach the enrolment QR code, as cid:token_image.", "true", default="false"),
        "template": _TEMPLATE,
    },
    "sendsms": {
        "smsconfig": _option("str", "The SMS gateway (sms_gateways.yaml).", "sms1", required=True),
        "To": _TO,
        **_people_with_numbers(),
        "all_numbers": _option(
            "bool", "A message to each number of a list in mobile, not to the first alone.", "true", default="false"
        ),
        "body": _option("text", _BODY, _TEXT, default=defaults.BODY),
        "template": _TEMPLATE,
    },
    "savefile": {
        "body": _option("text", _BODY, _TEXT, required=True),
        "filename": _option(
            "str", "The file under spool_directory, with {tags} and {random}.", "{serial}-{random}.txt", required=True
        ),
        "template": _TEMPLATE,
    },
}
