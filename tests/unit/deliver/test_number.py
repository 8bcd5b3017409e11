from __future__ import annotations

import pytest
from deliveries import sms

from notifier.configuration import SmsGateway
from notifier.deliver.sms.http import HttpGateway
from notifier.deliver.sms.number import mangle
from notifier.errors import PatternTooSlow
from notifier.outcome import Misconfigured, Reason


@pytest.mark.parametrize(
    ("number", "expression", "mangled"),
    [
        ("+49 123/456-78", "/[+-/. ]//", "4912345678"),
        ("+49 123/456-78", r"/\+/00/", "0049 123/456-78"),
        ("0123456789", "/^0/0049/", "0049123456789"),
        ("12345abcdef", r"/^([0-9]+).*/\1/", "12345"),
        ("12.34.56.78", r"/\./\//", "12.34.56.78"),
        ("+49 123/456-78", "/+/00/", "+49 123/456-78"),
        ("12/34", r"/\//-/", "12-34"),
        ("1234", "", "1234"),
        ("1234", "no slashes", "1234"),
        ("1234", r"/(1)/\2/", "1234"),
    ],
)
def test_109_the_old_regexp_does_what_it_did(number: str, expression: str, mangled: str) -> None:
    """The table of reference section 5.2, and expressions that are none."""
    assert mangle(number, expression) == mangled


def test_a_regexp_that_takes_too_long_gives_no_number() -> None:
    """An unmangled number would be a wrong one: the gateway is misconfigured, and no attempt is used."""
    number = "1" * 20_000 + "x"
    gateway = HttpGateway(SmsGateway("g", options={"URL": "http://127.0.0.1:9/", "REGEXP": "/(1+)+$//"}))

    with pytest.raises(PatternTooSlow):
        mangle(number, "/(1+)+$//")
    outcome = gateway.send(sms(number))

    assert outcome == Misconfigured(
        Reason.PATTERN_TOO_SLOW,
        "the option REGEXP: the regular expression took longer than 0.1 s; nested repetitions such as (a+)+ do that",
    )
