"""Kinds of SMS gateway that other packages bring, by entry point; nothing of theirs is imported before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points

GROUP = "notifier.gateways"


def installed() -> Mapping[str, tuple[str, str]]:
    """Kind → the module with its `read`, and the provider's class in it."""
    return {entry.name.lower(): (entry.module, entry.attr) for entry in entry_points(group=GROUP)}
