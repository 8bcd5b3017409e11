"""Rates as the scripts read them (`lua/rate.lua`)."""

from __future__ import annotations

from collections.abc import Iterable

from notifier.configuration import Rate
from notifier.record.codec import to_milliseconds


def spelled(rates: Iterable[Rate]) -> str:
    """The rates of a provider, the fastest first: that one spaces what is sent, the others are budgets."""
    return " ".join(f"{rate.count}/{to_milliseconds(rate.period)}" for rate in rates)
