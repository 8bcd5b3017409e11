"""User Notification: tell people about what happened to a token, by mail, SMS or file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from notifier.compose.actions import ACTIONS
from notifier.compose.composer import CompiledAction, Composer
from notifier.compose.directory.realms import RealmDirectory
from notifier.compose.doubts import doubts
from notifier.configuration import DirectoryConfig
from notifier.eventhandler.base import BaseEventHandler, Clock, utc_now
from notifier.eventhandler.options import Findings, definition_of, event_of
from notifier.eventhandler.ready import Ready
from notifier.eventhandler.rehearsal import rehearse
from notifier.model import HandlerDefinition


class NOTIFY_TYPE:  # noqa: N801 - the name is fixed by the system taken over
    """Whom to tell: the values of the option ``To``."""

    TOKENOWNER = "tokenowner"
    LOGGED_IN_USER = "logged_in_user"
    INTERNAL_ADMIN = "internal admin"
    ADMIN_REALM = "admin realm"
    EMAIL = "email"


class UserNotificationEventHandler(BaseEventHandler):
    """Composes the messages of ``sendmail``, ``sendsms`` and ``savefile``; delivering them is the outbox's affair."""

    identifier = "UserNotification"
    description = "Tell token owners and administrators what happened, by mail, SMS or file."

    def __init__(self, composer: Composer | None = None, clock: Clock = utc_now) -> None:
        super().__init__(composer, clock)
        self._actions: Ready[CompiledAction] = Ready(lambda definition: self._composer().compile(definition))

    @property
    def actions(self) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
        """``sendmail``, ``sendsms``, ``savefile`` and their options."""
        return ACTIONS

    def check(self, definition: HandlerDefinition) -> list[tuple[str, str]]:
        """The conditions' errors and those of recipients, tags and templates."""
        errors = super().check(definition)
        if definition.action.lower() in ACTIONS:
            errors.extend(self._composer().compile(definition).errors)
        return errors

    def doubts(self, definition: HandlerDefinition) -> list[tuple[str, str]]:
        """The conditions' and the options'."""
        found = super().doubts(definition)
        if definition.action.lower() in ACTIONS:
            found.extend((place, f"{place.removeprefix('options.')}: {why}") for place, why in doubts(definition))
        return found

    def rehearse(self, definition: HandlerDefinition) -> list[tuple[str, str, bool]]:
        """The texts that can't be written for an event with every fact, or for one with next to none (a warning)."""
        return rehearse(self._composer(), definition) if definition.action.lower() in ACTIONS else []

    def do(self, action: str, options: Mapping[str, Any]) -> bool:
        """Compose what ``action`` says and leave the messages in ``options["findings"]``.

        Returns:
            True when the action was done, also where nobody had to be told; False for an unknown action.

        Raises:
            ComposeError: a template or an option can't be used.
            DirectoryUnavailable: somebody has to be looked up, and the directory is down.
        """
        if action.lower() not in ACTIONS:
            return False
        definition = definition_of(options)
        if definition.action != action:
            definition = replace(definition, action=action)
        composition = self._actions.of(definition).compose(event_of(options, self._clock()))
        findings = options.get("findings")
        if isinstance(findings, Findings):
            findings.compositions.append(composition)
        return True

    def _composer(self) -> Composer:
        if self.composer is None:
            self.composer = Composer({}, RealmDirectory(DirectoryConfig()), {}, "", "UTC")
        return self.composer
