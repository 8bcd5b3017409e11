"""Rates as the scripts read them (`lua/rate.lua`)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from notifier.configuration import Rate
from notifier.record.codec import to_milliseconds


def spelled(rates: Iterable[Rate]) -> str:
    """The rates of a provider, the fastest first: that one spaces what is sent, the others are budgets.

    Those that it shares with another way follow in a line of their own, behind that way and a tab.
    """
    lines = [
        (f"{whose}\t" if whose else "") + " ".join(f"{rate.count}/{to_milliseconds(rate.period)}" for rate in of)
        for whose, of in groupby(rates, key=lambda rate: rate.whose)
    ]
    return "\n".join(lines)
