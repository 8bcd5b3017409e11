"""What a command works with: the wiring of its configuration, and a Redis that answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

if TYPE_CHECKING:
    from notifier.wiring import Wiring


def wiring_of(context: click.Context) -> Wiring:
    """The wiring; nothing is opened yet."""
    if "wiring" not in context.obj:
        from notifier.wiring import Wiring  # noqa: PLC0415 - --help must not wait for it

        context.obj["wiring"] = Wiring(context.obj["config"])
    return cast("Wiring", context.obj["wiring"])


def connected(context: click.Context, seconds: float = 2.4) -> Wiring:
    """The wiring, after Redis has answered: a command fails within ``seconds``, with one line, or works.

    Raises:
        RedisUnreachable: no Redis is known, or it doesn't answer.
    """
    wiring = wiring_of(context)
    if not context.obj.get("connected"):
        from notifier.record.redis_client import reach  # noqa: PLC0415

        reach(wiring.redis_url, seconds=seconds, origin=wiring.redis_origin)
        context.obj["connected"] = True
    return wiring
