"""An event of which nothing is known, condition by condition (reference section 2.3, "holds w/o")."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from notifier.decide.conditions import REGISTRY
from notifier.decide.engine import compile_conditions
from notifier.decide.verdict import VerdictKind
from notifier.intake.contract import parse
from notifier.model import OnUnknown

NOTHING = b'{"specversion": "1.0", "id": "1", "source": "/test", "type": "token_init", "data": {}}'
EVENT = parse(NOTHING, arrived=datetime(2026, 11, 24, 12, 0, tzinfo=UTC))
#: Condition, a value, and whether it holds in the system taken over.
TABLE = [
    ("client_ip", "10.0.0.0/8", True),
    ("result_value", "True", False),
    ("result_status", "True", False),
    ("result_authentication", "ACCEPT", False),
    ("detail_message", "special", False),
    ("detail_error_message", "special", False),
    ("realm", "realm1", False),
    ("resolver", "reso1", False),
    ("logged_in_user", "admin", False),
    ("user_token_number", "1", True),
    ("user_container_number", "1", True),
    ("user_info", "givenname == Cornelius", False),
    ("serial", "^OATH", True),
    ("tokentype", "hotp", True),
    ("tokenrealm", "realm1", True),
    ("tokenresolver", "reso1", True),
    ("token_locked", "True", True),
    ("token_has_owner", "True", True),
    ("token_is_orphaned", "True", True),
    ("token_validity_period", "True", True),
    ("last_auth", "1h", True),
    ("count_auth", ">5", True),
    ("count_auth_success", ">5", True),
    ("count_auth_fail", ">5", True),
    ("failcounter", ">5", True),
    ("otp_counter", ">5", True),
    ("tokeninfo", "a == b", True),
    ("rollout_state", "verify", True),
    ("token_is_in_container", "True", True),
    ("counter", "c>3", False),
    ("challenge_session", "enrollment", True),
    ("challenge_expired", "True", True),
    ("container_state", "lost", True),
    ("container_exact_state", "lost", True),
    ("container_type", "generic", True),
    ("container_has_owner", "True", True),
    ("container_has_token", "True", True),
    ("container_realm", "realm1", True),
    ("container_resolver", "reso1", True),
    ("container_info", "a == b", True),
    ("container_last_authentication", "1d", True),
    ("container_last_synchronization", "1d", True),
]


def verdict(name: str, value: str, policy: OnUnknown) -> VerdictKind:
    """What one condition makes of it."""
    return compile_conditions({name: value}, policy).evaluate(EVENT).kind


def test_every_condition_has_one_row() -> None:
    """None is forgotten."""
    assert sorted(name for name, _, _ in TABLE) == sorted(REGISTRY)
    assert len(TABLE) == 42


@pytest.mark.parametrize(("name", "value", "holds"), TABLE, ids=[name for name, _, _ in TABLE])
def test_nothing_is_known(name: str, value: str, holds: bool) -> None:
    """`privacyidea` answers as there, `skip` doesn't fire, `match` does; that nobody was logged in is known."""
    known = name == "logged_in_user"

    assert verdict(name, value, OnUnknown.PRIVACYIDEA) is (VerdictKind.MATCHED if holds else VerdictKind.NOT_MATCHED)
    assert verdict(name, value, OnUnknown.SKIP) is (VerdictKind.NOT_MATCHED if known else VerdictKind.UNKNOWN)
    assert verdict(name, value, OnUnknown.MATCH) is (VerdictKind.NOT_MATCHED if known else VerdictKind.MATCHED)
