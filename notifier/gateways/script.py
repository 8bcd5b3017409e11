"""The options of ``provider: script`` (reference section 5.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from notifier.configuration import SmsGateway
from notifier.gateways.reading import OptionProblem, OptionReader

DEFAULT_TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class ScriptOptions:
    """What to run."""

    #: Scripts lie here, and nowhere else.
    directory: Path
    #: The name of a file in it.
    script: str
    regexp: str
    timeout: float


def read(gateway: SmsGateway) -> tuple[ScriptOptions, Sequence[OptionProblem]]:
    """The options, and all that is wrong with them; whether the script is there, only the worker's machine knows."""
    reader = OptionReader(gateway.options)
    name = reader.text("SCRIPT", required=True)
    if "/" in name or "\0" in name or name in (".", ".."):
        reader.wrong("SCRIPT", "is the name of a file, not a path", f"it lies in {gateway.script_directory}")
    if reader.choice("BACKGROUND", ("background", "wait"), "wait") == "background":
        reader.doubtful("BACKGROUND", "is not `background` here: every script is waited for, and its exit code counts")
    found = ScriptOptions(gateway.script_directory, name, reader.text("REGEXP"), reader.timeout(DEFAULT_TIMEOUT))
    reader.nothing_else()
    return found, reader.problems
