"""Definitions that can't fire, or fire for what another one has said already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from notifier.definitions.lint.finding import problem
from notifier.errors import Problem
from notifier.model import HandlerDefinition, OnUnknown, Value

#: Conditions on the server's answer, which there isn't before the request.
OF_THE_ANSWER = (
    "result_value", "result_status", "result_authentication", "detail_message", "detail_error_message",
)  # fmt: skip
_EFFECT: Mapping[OnUnknown, str] = {
    OnUnknown.SKIP: "it is never known, and with on_unknown: skip the definition never fires",
    OnUnknown.MATCH: "it is never known, and with on_unknown: match it counts for nothing",
    OnUnknown.PRIVACYIDEA: "it is never known, and decides the same for every event",
}


def unreachable(d: HandlerDefinition) -> Iterator[Problem]:
    """Conditions on what its events never carry."""
    if d.position != "pre":
        return
    for name in OF_THE_ANSWER:
        if name in d.conditions:
            message = f"condition {name!r}: a pre event has no response: {_EFFECT[d.on_unknown]}"
            yield problem(d, f"conditions.{name}", message, "drop it, or use position: post", warning=True)


def twins(definitions: Iterable[HandlerDefinition]) -> Iterator[Problem]:
    """Active definitions that do the same under the same conditions: somebody is told twice."""
    seen: dict[tuple[object, ...], list[HandlerDefinition]] = {}
    for d in definitions:
        if not d.active:
            continue
        others = seen.setdefault(_signature(d), [])
        for other in others:
            if shared := [event for event in other.events if event in d.events]:
                at = other.location
                message = f"does the same as {other.name!r} ({at.file}:{at.line}) for {', '.join(shared)}"
                yield problem(d, "name", f"{message}: everybody gets it twice", "drop one of them", warning=True)
                break
        others.append(d)


def _signature(d: HandlerDefinition) -> tuple[object, ...]:
    """All but name, events and order."""
    return (
        d.handlermodule, d.position, d.on_unknown, d.action.lower(), d.delivery,
        _plain(d.conditions, ","), _plain(d.options, ", "),
    )  # fmt: skip


def _plain(values: Mapping[str, Value], glue: str) -> frozenset[tuple[str, str]]:
    return frozenset((name, value if isinstance(value, str) else glue.join(value)) for name, value in values.items())
