"""`BaseEventHandler`: what a handler module is. Its names are those of the system taken over.

Other packages register theirs by the entry point ``notifier.eventhandlers``; a definition names one by its
identifier (``handlermodule``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from notifier.compose.composer import Composer
from notifier.decide.conditions import REGISTRY
from notifier.decide.engine import CompiledConditions, Kept, compile_conditions, doubts
from notifier.eventhandler.events import EVENTS
from notifier.eventhandler.options import Context, Findings, definition_of, event_of
from notifier.model import HandlerDefinition


class BaseEventHandler:
    """Conditions every module shares; a module adds actions by overriding `actions` and `do`."""

    identifier = "BaseEventHandler"
    description = "The base of all handler modules."

    def __init__(self, composer: Composer | None = None) -> None:
        self.composer = composer
        # By object identity; the definition is kept beside it, so that its id stays its own.
        self._conditions: dict[int, tuple[HandlerDefinition, CompiledConditions]] = {}
        self._kept: Kept = {}

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
        return [(f"conditions.{name}", message) for name, message in doubts(definition.conditions)]

    def rehearse(self, definition: HandlerDefinition) -> list[tuple[str, str, bool]]:  # noqa: ARG002 - the API's
        """What fails when the action is tried on sample events: place, message, whether it's only a warning."""
        return []

    def check_condition(self, options: Mapping[str, Any]) -> bool:
        """Do all conditions hold? The verdict with its reasons is left in ``options["findings"]``."""
        context = options.get("g")
        seen = context.seen if isinstance(context, Context) else None
        verdict = self._compiled(definition_of(options)).evaluate(event_of(options), seen)
        findings = options.get("findings")
        if isinstance(findings, Findings):
            findings.verdict = verdict
        return verdict.fires

    def do(self, action: str, options: Mapping[str, Any]) -> bool:  # noqa: ARG002 - the API's signature
        """Do the action; False when it isn't one of this module's."""
        return False

    def _compiled(self, definition: HandlerDefinition) -> CompiledConditions:
        known = self._conditions.get(id(definition))
        if known is None or known[0] is not definition:
            known = definition, compile_conditions(definition.conditions, definition.on_unknown, self._kept)
            self._conditions[id(definition)] = known
        return known[1]
