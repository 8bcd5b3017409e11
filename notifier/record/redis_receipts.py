"""Receipts in Redis (`lua/join.lua`, `lua/receipt.lua`): a message's name at its provider leads to its delivery."""

from __future__ import annotations

import json
from collections.abc import Sequence

from redis import Redis

from notifier.record.codec import to_milliseconds
from notifier.record.receipts import EARLY, Receipt
from notifier.record.redis_outbox import Scripts
from notifier.record.rows import flat


class RedisReceipts:
    """See `notifier.record.receipts.Receipts`."""

    def __init__(self, redis: Redis) -> None:
        self._run = Scripts(redis)

    def join(self, receipts: Sequence[Receipt]) -> Sequence[str]:
        """One call for all of them."""
        if not receipts:
            return ()
        rows = ((receipt.message, _words(receipt)) for receipt in receipts)
        answer = self._run("join", to_milliseconds(EARLY), *flat(rows))
        return [ident.decode() for ident in answer]


def _words(receipt: Receipt) -> str:
    """JSON without the brace in front: the script knows the rest."""
    fields = {"state": str(receipt.state), "error": receipt.error, "done": receipt.done}
    return json.dumps(fields, ensure_ascii=False)[1:]
