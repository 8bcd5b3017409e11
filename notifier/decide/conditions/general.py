"""Conditions on the request and its answer."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

from notifier.decide.conditions.base import condition, on
from notifier.decide.conditions.facts import Fact
from notifier.decide.conditions.kinds import BOOLEAN, BOOLEANS, SEARCHED, Kind, joined, one_of, searched
from notifier.decide.doubts import values
from notifier.decide.grammar import is_true
from notifier.model import Event, Value

ENDINGS = ("ACCEPT", "REJECT", "CHALLENGE", "DECLINED")


def _result(name: str) -> Fact:
    def get(event: Event) -> Any:
        response = event.facts.response
        return getattr(response.result, name) if response and response.result else None

    return Fact((f"response.result.{name}",), get)


def _client_ip(event: Event) -> Any:
    try:
        return ipaddress.ip_address((event.facts.request and event.facts.request.client_ip) or "")
    except ValueError:
        return None


def _networks(expected: Value) -> Callable[[Any, Event], bool]:
    wanted: list[Any] = []
    excluded: list[Any] = []
    for item in filter(None, (part.strip() for part in joined(expected).split(","))):
        address = item[1:].strip() if item[0] in "-!" else item
        try:
            network = ipaddress.ip_network(address, strict=False)
        except ValueError:
            raise ValueError(f"{address!r} is not an address or a network: write one such as 10.0.0.0/8") from None
        (excluded if item[0] in "-!" else wanted).append(network)
    return lambda ip, _: any(ip in n for n in wanted) and not any(ip in n for n in excluded)


def _false_is_wanted(expected: Value) -> Callable[[Event], bool]:
    wanted = not is_true(joined(expected))
    return lambda _: wanted


def _empty_is_searched(expected: Value) -> Callable[[Event], bool]:
    holds = searched(expected)
    return lambda event: holds("", event)


def _text(fact: Any) -> str | None:
    return None if fact is None else str(fact)


def _message(event: Event) -> str | None:
    response = event.facts.response
    return _text(response.detail.get("message")) if response and response.detail else None


def _error_message(event: Event) -> str | None:
    response = event.facts.response
    error = response.detail.get("error") if response and response.detail else None
    return _text(error.get("message")) if isinstance(error, dict) else None


_CLIENT = Fact(("request.client_ip",), _client_ip)
_MESSAGE = Fact(("response.detail.message",), _message)
_ERROR_MESSAGE = Fact(("response.detail.error.message",), _error_message)
_AS_FALSE = (_false_is_wanted, "holds for False")
_AS_EMPTY = (_empty_is_searched, "the empty text is searched")

CONDITIONS = (
    condition(
        "client_ip", "str", "general",
        "The client's address is in one of these networks (comma-separated; - or ! in front excludes).",
        on(_CLIENT, Kind(_networks, values.networks)), missing=True, example="10.0.0.0/8, -10.1.2.3",
    ),
    condition(
        "result_value", "str", "general", "The answer's result.value is true, or isn't.",
        on(_result("value"), BOOLEAN), missing=_AS_FALSE, example="True", value=BOOLEANS,
    ),
    condition(
        "result_status", "str", "general", "The answer's result.status is true, or isn't.",
        on(_result("status"), BOOLEAN), missing=_AS_FALSE, example="True", value=BOOLEANS,
    ),
    condition(
        "result_authentication", "str", "general", "How the authentication ended.",
        on(_result("authentication"), one_of(*ENDINGS)), missing=False, example="REJECT", value=ENDINGS,
    ),
    condition(
        "detail_message", "str", "general", "A regular expression found anywhere in the answer's detail.message.",
        on(_MESSAGE, SEARCHED), missing=_AS_EMPTY, example="wrong (otp|pin)",
    ),
    condition(
        "detail_error_message", "str", "general",
        "A regular expression found anywhere in the answer's detail.error.message.",
        on(_ERROR_MESSAGE, SEARCHED), missing=_AS_EMPTY, example="does not exist$",
    ),
)  # fmt: skip
