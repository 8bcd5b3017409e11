"""What makes a token's mails belong together."""

from __future__ import annotations

from dataclasses import replace

import pytest
from composing import SPASS, compiled, compose, event, only

from notifier.model import Event, Request, Token, TokenOwner


def thread(happened: Event) -> str:
    return only(compose(compiled(To="email", To_email="a@b.example"), happened)).thread


def test_the_mails_of_a_token_share_a_name_that_isn_t_its_serial() -> None:
    """Whatever happens to it; at another producer the same serial is another token."""
    first = event(token=SPASS)

    name = thread(first)

    assert name
    assert SPASS.serial is not None
    assert SPASS.serial.lower() not in name.lower()
    assert thread(replace(first, id="other", type="token_disable")) == name
    assert thread(replace(first, source="another")) != name
    assert thread(event(token=Token(serial="OATH123457"))) != name


@pytest.mark.parametrize("serial", ["", "A1,A2"])
def test_what_is_about_no_token_or_several_stands_alone(serial: str) -> None:
    """As does what is about all of somebody's."""
    assert thread(event(token=None, request=Request(serial=serial), tokenowner=TokenOwner("kim"))) == ""
