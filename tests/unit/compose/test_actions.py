from __future__ import annotations

from notifier.compose.actions import ACTIONS
from notifier.compose.recipients import RECIPIENT_TYPES


def test_1_the_actions() -> None:
    """Case 1: sendmail, sendsms and savefile, each option described as the API says."""
    assert list(ACTIONS) == ["sendmail", "sendsms", "savefile"]
    for options in ACTIONS.values():
        for option in options.values():
            assert option.keys() >= {"type", "required", "description"}
            assert option["type"] in ("str", "text", "bool")


def test_37_the_admin_realm_is_required() -> None:
    """Case 37: the realm's sub-options are required where they're shown."""
    mail = ACTIONS["sendmail"]

    assert mail["To admin realm"]["required"]
    assert mail["reply_to admin realm"]["required"]


def test_every_recipient_type_has_its_option() -> None:
    """The types of To and of reply_to are offered, each with its sub-option."""
    mail = ACTIONS["sendmail"]

    assert tuple(mail["To"]["value"]) == RECIPIENT_TYPES
    assert mail["reply_to"]["value"] == ["", *RECIPIENT_TYPES]
    assert all(f"{option} {kind}" in mail for option in ("To", "reply_to") for kind in RECIPIENT_TYPES)
