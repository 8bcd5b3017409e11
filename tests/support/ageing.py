"""Time passes in a real Redis: its clock can't be set, so all that is written there becomes older."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from redis import Redis

from notifier.intake.stream import GROUP
from notifier.record.codec import to_milliseconds
from notifier.record.redis_outbox import PREFIX

#: Moments in hashes (plan.lua has the keys).
MOMENTS = (
    "created", "deadline", "first", "last", "planned", "deferred_since", "asked_since", "again", "arrived", "resume_at",
    "answered_at", "since", "until",
)  # fmt: skip
SCRIPT = """
local ms = tonumber(ARGV[1])
for _, key in ipairs(redis.call('KEYS', KEYS[1] .. '*')) do
  local kind = redis.call('TYPE', key).ok
  if kind == 'zset' then
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do redis.call('ZINCRBY', key, -ms, member) end
  elseif kind == 'hash' then
    for i = 2, #ARGV do
      if (redis.call('HGET', key, ARGV[i]) or '') ~= '' then redis.call('HINCRBY', key, ARGV[i], -ms) end
    end
  end
  local ttl = redis.call('PTTL', key)
  if ttl >= 0 then redis.call('PEXPIRE', key, math.max(ttl - ms, 0)) end
end
"""


def age(redis: Redis, span: timedelta, stream: str = "token-events") -> None:
    """All that the record and the stream's readers have is so much older."""
    redis.eval(SCRIPT, 1, PREFIX, to_milliseconds(span), *MOMENTS)
    if redis.exists(stream):
        pending: Any = redis.xpending_range(stream, GROUP, "-", "+", 1000) if redis.xinfo_groups(stream) else ()
        for entry in pending:
            idle = int(entry["time_since_delivered"]) + to_milliseconds(span)
            redis.xclaim(stream, GROUP, entry["consumer"], 0, [entry["message_id"]], idle=idle, justid=True)
