"""The conditions, one small object each, by group."""

from __future__ import annotations

from collections.abc import Mapping

from notifier.decide.conditions import container, counter, general, token, user
from notifier.decide.conditions.base import Condition

#: These are looked at first, in this order; then the rest, group by group (reference section 2.4).
FIRST = (
    "client_ip", "realm", "user_info", "resolver", "logged_in_user", "result_value", "result_status",
    "result_authentication", "token_locked", "tokenrealm", "tokenresolver", "serial", "user_token_number",
    "user_container_number", "detail_error_message", "detail_message", "counter",
)  # fmt: skip

_BY_NAME = {
    condition.name: condition for group in (general, user, token, counter, container) for condition in group.CONDITIONS
}

#: Every condition by its name, in the order they are looked at.
REGISTRY: Mapping[str, Condition] = {name: _BY_NAME[name] for name in (*FIRST, *_BY_NAME)}
