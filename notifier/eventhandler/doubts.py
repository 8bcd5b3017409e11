"""What is doubtful about conditions for the events a definition is bound to: facts these never carry."""

from __future__ import annotations

from collections.abc import Iterator

from notifier.decide.conditions import REGISTRY
from notifier.decide.conditions.kinds import joined
from notifier.decide.grammar import is_true
from notifier.eventhandler.events import EVENTS
from notifier.model import HandlerDefinition, OnUnknown

#: After them what they are about is gone (reference section 2.3).
GONE = {"token_delete": "token", "container_delete": "container"}
#: Events whose answer says how an authentication ended.
AUTHENTICATING = ("auth", "ttype", "validate_")


def of_its_events(d: HandlerDefinition) -> Iterator[tuple[str, str]]:
    """Condition, and what is doubtful about it; each once."""
    if d.position != "post":
        return
    for name in d.conditions:
        if name in REGISTRY and (found := _of_a_deleted(d, name) or _of_the_answer(d, name)):
            yield name, f"condition {name!r}: {found}"


def _of_a_deleted(d: HandlerDefinition, name: str) -> str:
    if d.on_unknown is not OnUnknown.SKIP:
        return ""
    for event, what in GONE.items():
        if event in d.events and all(place.startswith(f"{what}.") for place in REGISTRY[name].places):
            return (
                f"after {event} the {what} is gone, and with on_unknown: skip the definition doesn't fire unless the "
                "producer still tells of it; use position: pre, or another on_unknown"
            )
    return ""


def _of_the_answer(d: HandlerDefinition, name: str) -> str:
    if name == "result_value" and "auth" in d.events and is_true(joined(d.conditions[name])):
        return "the result.value of auth is an object, never True; use result_authentication: ACCEPT"
    if name == "result_authentication":
        strange = [e for e in d.events if e in EVENTS and not e.startswith(AUTHENTICATING)]
        if strange:
            return f"the answer to {', '.join(strange)} doesn't tell of an authentication; use result_value, or drop it"
    return ""
