"""What may be observed. Rooms announce, windows listen: nobody's work depends on being watched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventPlanned:
    """An event was evaluated and its deliveries are in the record."""

    event: str
    type: str
    deliveries: int
    failures: int
    #: False when it had been planned before: published twice, or handed out again.
    first_time: bool


@dataclass(frozen=True, slots=True)
class EventQuarantined:
    """A message can't be read."""

    entry: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class EventDeferred:
    """A store of the directory is down: the event is evaluated again later."""

    event: str
    type: str
    handler: str
    detail: str


@dataclass(frozen=True, slots=True)
class DefinitionFailed:
    """A definition couldn't be evaluated or composed for an event."""

    event: str
    handler: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Attempted:
    """A delivery was tried once."""

    delivery: str
    event: str
    handler: str
    channel: str
    provider: str
    attempt: int
    outcome: str
    reason: str
    #: What follows: sent, retry, dead, expired, held; unrecorded: the record couldn't be told, and will say unsure.
    step: str
    milliseconds: float
    #: What the operator should know although it was sent.
    warning: str = ""


@dataclass(frozen=True, slots=True)
class ConfigurationChanged:
    """An edited configuration is in force."""

    version: str
    before: str


@dataclass(frozen=True, slots=True)
class ConfigurationRefused:
    """An edited configuration has errors; the one before stays in force."""

    version: str
    in_force: str
    errors: int
    #: Of the first error: file:line:column.
    place: str


@dataclass(frozen=True, slots=True)
class RestartNeeded:
    """A setting was edited that a running worker can't change."""

    setting: str


Observation = (
    EventPlanned
    | EventDeferred
    | EventQuarantined
    | DefinitionFailed
    | Attempted
    | ConfigurationChanged
    | ConfigurationRefused
    | RestartNeeded
)
Observer = Callable[[Observation], None]
