"""A sample event with every fact filled in, and the same with facts missing: what texts are tried on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from notifier.model import (
    Challenge,
    Container,
    ContainerOwner,
    Event,
    Facts,
    LoggedInUser,
    Request,
    Response,
    Result,
    Token,
    TokenOwner,
)

_TIME = datetime(2026, 11, 24, 15, 22, 48, tzinfo=UTC)
_STAMP = "2026-11-24T15:22+00:00"
_URL = {"value": "otpauth://totp/SAMPLE?secret=SAMPLE", "img": "data:image/png;base64,iVBORw0KGgo="}
#: Nobody but an address: the least with which there is a message.
_STRANGER = TokenOwner(email="sample@example.com", mobile="+49160000000")

FULL = Facts(
    position="post",
    node="sample",
    base_url="https://sample.example.com",
    logged_in_user=LoggedInUser(
        "admin", "helpdesk", "admin", "admin@example.com", "+49160000001", "Ada", "Admin", "staff", {}
    ),
    request=Request("POST", "/token/init", "10.1.2.3", "Mozilla/5.0 (sample)", "12345", "SAMPLE1", "SMPH1"),
    tokenowner=replace(
        _STRANGER,
        username="sample",
        realm="sales",
        resolver="staff",
        uid="1",
        givenname="Sam",
        surname="Sample",
        phone="+4989000000",
        info={},
        locale="en",
        timezone="Europe/Berlin",
        token_count=1,
        container_count=1,
        token_serials=("SAMPLE1",),
        has_locked_token=False,
    ),
    token=Token(
        serial="SAMPLE1",
        type="hotp",
        description="a sample",
        realms=("sales",),
        resolvers=("staff",),
        has_owner=True,
        orphaned=False,
        failcount=0,
        max_failcount=10,
        otp_counter=1,
        count_auth=1,
        count_auth_success=1,
        last_auth=_STAMP,
        validity_start=_STAMP,
        validity_end=_STAMP,
        rollout_state="enrolled",
        container_serial="SMPH1",
        info={},
    ),
    container=Container(
        "SMPH1",
        "smartphone",
        ("active",),
        ("sales",),
        {},
        (ContainerOwner("sample", "sales", "staff"),),
        ("SAMPLE1",),
        _STAMP,
        _STAMP,
    ),
    challenge=Challenge(1, "enrollment", expired=False),
    counters={},
    response=Response(
        200,
        Result(status=True, value={"container_url": _URL}, authentication="ACCEPT"),
        {
            "message": "a sample",
            "serial": "SAMPLE1",
            "registrationcode": "SAMPLE-CODE",
            "pin": "000000",
            "googleurl": _URL,
            "pushurl": _URL,
        },
    ),
)
#: What may be missing, in an administrator's words, and how it is taken out.
OPTIONAL: Mapping[str, Callable[[Facts], Facts]] = {
    "caller (logged_in_user)": lambda facts: replace(facts, logged_in_user=None),
    "request": lambda facts: replace(facts, request=None),
    "token": lambda facts: replace(facts, token=None),
    "container": lambda facts: replace(facts, container=None),
    "response": lambda facts: replace(facts, response=None),
    "names of the token owner": lambda facts: replace(facts, tokenowner=_STRANGER),
}


def sample(facts: Facts, kind: str, locale: str = "") -> Event:
    """An event of this kind whose owner reads this language; nothing is left for a directory to say."""
    owner = replace(facts.tokenowner, locale=locale) if facts.tokenowner else None
    return Event("sample", "/sample", kind, _TIME, replace(facts, tokenowner=owner))


def bare(facts: Facts) -> Facts:
    """Without anything that may be missing."""
    for without in OPTIONAL.values():
        facts = without(facts)
    return replace(facts, base_url=None, node=None, challenge=None, counters=None)
