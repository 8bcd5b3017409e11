"""`BaseEventHandler`: what a handler module is. Its names are those of the system taken over.

Other packages register theirs by the entry point ``notifier.eventhandlers``; a definition names one by its
identifier (``handlermodule``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from weakref import WeakValueDictionary

from notifier.compose.composer import Composer
from notifier.decide.conditions import REGISTRY
from notifier.decide.engine import CompiledConditions, Kept, compile_conditions, doubts
from notifier.decide.seen import LookUp, Seen
from notifier.decide.verdict import Verdict
from notifier.eventhandler.doubts import of_its_events
from notifier.eventhandler.events import EVENTS
from notifier.eventhandler.options import Context, Findings, definition_of, event_of
from notifier.eventhandler.ready import Ready
from notifier.model import Event, HandlerDefinition

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time of what plain mappings without a time tell of; an event of the pipeline has its own."""
    return datetime.now(UTC)  # noqa: TID251 - an edge: whoever calls the module by hand has no wiring


class BaseEventHandler:
    """Conditions every module shares; a module adds actions by overriding `actions` and `do`."""

    identifier = "BaseEventHandler"
    description = "The base of all handler modules."

    def __init__(self, composer: Composer | None = None, clock: Clock = utc_now) -> None:
        self.composer = composer
        self._clock = clock
        self._kept: Kept = WeakValueDictionary()
        self._conditions: Ready[CompiledConditions] = Ready(
            lambda definition: compile_conditions(definition.conditions, definition.on_unknown, self._kept)
        )

    @property
    def allowed_positions(self) -> list[str]:
        """Before or after the request."""
        return ["post", "pre"]

    @property
    def events(self) -> list[str]:
        """The event names known; others may be used as well."""
        return list(EVENTS)

    @property
    def actions(self) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
        """Action → option → ``{type, required, description}`` and ``example``, ``default``, ``value`` if any."""
        return {}

    @property
    def conditions(self) -> Mapping[str, Mapping[str, Any]]:
        """Condition → ``{type, desc, group, value}``."""
        return {
            name: {"type": c.type, "desc": c.desc, "group": c.group, "value": list(c.value)}
            for name, c in REGISTRY.items()
        }

    def check(self, definition: HandlerDefinition) -> list[tuple[str, str]]:
        """What is wrong with a definition: place (``conditions.realm``, ``options.body``) and message."""
        compiled = compile_conditions(definition.conditions, definition.on_unknown)
        return [(f"conditions.{name}", message) for name, message in compiled.errors]

    def doubts(self, definition: HandlerDefinition) -> list[tuple[str, str]]:
        """What is doubtful about a definition, though it can be used: place and message."""
        found = [*doubts(definition.conditions), *of_its_events(definition)]
        return [(f"conditions.{name}", message) for name, message in found]

    def rehearse(self, definition: HandlerDefinition) -> list[tuple[str, str, bool]]:  # noqa: ARG002 - the API's
        """What fails when the action is tried on sample events: place, message, whether it's only a warning."""
        return []

    def check_condition(self, options: Mapping[str, Any]) -> bool:
        """Do all conditions hold? The verdict with its reasons is left in ``options["findings"]``.

        Raises:
            ConfigError: ``handler_def`` is a mapping that can't be a definition.
            UnreadableEvent: plain mappings were given that don't follow docs/events.md.
            ConditionError: a condition can't be decided in time.
            DirectoryUnavailable: the owner has to be looked up, and the directory is down.
        """
        context = options.get("g")
        seen = context.seen if isinstance(context, Context) else Seen(self._look_up())
        # Held here: what was made of it is kept only as long.
        definition = definition_of(options)
        verdict = self.decide(definition, event_of(options, self._clock()), seen)
        findings = options.get("findings")
        if isinstance(findings, Findings):
            findings.verdict = verdict
        return verdict.fires

    def decide(self, definition: HandlerDefinition, event: Event, seen: Seen) -> Verdict:
        """What `check_condition` makes of a definition of ours; raises what that does."""
        return self.conditions_of(definition).evaluate(event, seen)

    def conditions_of(self, definition: HandlerDefinition) -> CompiledConditions:
        """A definition's conditions, made ready once."""
        return self._conditions.of(definition)

    def do(self, action: str, options: Mapping[str, Any]) -> bool:  # noqa: ARG002 - the API's signature
        """Do the action; False when it isn't one of this module's."""
        return False

    def _look_up(self) -> LookUp | None:
        return self.composer.directory.user if self.composer else None
