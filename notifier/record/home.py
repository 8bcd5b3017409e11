"""Whom a delivery was planned for, and whom it queues for, as its record says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Home:
    """Its channel and provider, and who took over from that provider, or the same."""

    channel: str
    provider: str
    via: str


def home_of(fields: Mapping[str, str]) -> Home:
    """``channel`` and ``name`` are there where it queues for another (lua/home.lua); earlier they always were."""
    channel, _, via = fields["provider"].partition(":")
    if fields["channel"]:
        return Home(fields["channel"], fields["name"], via)
    return Home(channel, via, via)
