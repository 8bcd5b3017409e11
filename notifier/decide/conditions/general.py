"""Conditions on the request and its answer."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

from notifier.decide.comparators import is_true
from notifier.decide.conditions.base import condition, exact, joined, regex
from notifier.model import Event, Value

BOOLEANS = ("True", "False")


def _result(name: str) -> Callable[[Event], Any]:
    def get(event: Event) -> Any:
        response = event.facts.response
        return getattr(response.result, name) if response and response.result else None

    return get


def _client_ip(event: Event) -> Any:
    try:
        return ipaddress.ip_address((event.facts.request and event.facts.request.client_ip) or "")
    except ValueError:
        return None


def _networks(expected: Value) -> Callable[[Any, Event], bool]:
    wanted: list[Any] = []
    excluded: list[Any] = []
    for item in filter(None, (part.strip() for part in joined(expected).split(","))):
        address = item[1:] if item[0] in "-!" else item
        try:
            network = ipaddress.ip_network(address.strip(), strict=False)
        except ValueError:
            raise ValueError(f"{address!r} is not an address or a network such as 10.0.0.0/8") from None
        (excluded if item[0] in "-!" else wanted).append(network)
    return lambda ip, _: any(ip in n for n in wanted) and not any(ip in n for n in excluded)


def _boolean(expected: Value) -> Callable[[Any, Event], bool]:
    wanted = is_true(joined(expected))
    return lambda fact, _: is_true(fact) == wanted


def _absent_is_false(expected: Value, _: Event) -> bool:
    return not is_true(joined(expected))


def _searched(expected: Value) -> Callable[[Any, Event], bool]:
    pattern = regex(joined(expected))
    return lambda fact, _: pattern.search(fact) is not None


def _empty_is_searched(expected: Value, _: Event) -> bool:
    return regex(joined(expected)).search("") is not None


def _message(event: Event) -> Any:
    response = event.facts.response
    return None if response is None else str((response.detail or {}).get("message") or "")


def _error_message(event: Event) -> Any:
    response = event.facts.response
    if response is None:
        return None
    error = (response.detail or {}).get("error")
    return str(error.get("message") or "") if isinstance(error, dict) else ""


CONDITIONS = (
    condition(
        "client_ip", "str", "general",
        "The client's address is in one of these networks (comma-separated; - or ! in front excludes).",
        _client_ip, _networks, missing=True,
    ),
    condition(
        "result_value", "str", "general", "The answer's result.value is true, or isn't.",
        _result("value"), _boolean, missing=_absent_is_false, value=BOOLEANS,
    ),
    condition(
        "result_status", "str", "general", "The answer's result.status is true, or isn't.",
        _result("status"), _boolean, missing=_absent_is_false, value=BOOLEANS,
    ),
    condition(
        "result_authentication", "str", "general", "How the authentication ended.",
        _result("authentication"), exact, missing=False, value=("ACCEPT", "REJECT", "CHALLENGE", "DECLINED"),
    ),
    condition(
        "detail_message", "regexp", "general", "A regular expression found anywhere in the answer's detail.message.",
        _message, _searched, missing=_empty_is_searched,
    ),
    condition(
        "detail_error_message", "regexp", "general",
        "A regular expression found anywhere in the answer's detail.error.message.",
        _error_message, _searched, missing=_empty_is_searched,
    ),
)  # fmt: skip
