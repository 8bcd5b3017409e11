"""Who works: each says so, and is forgotten when it doesn't any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from redis import Redis

from notifier.record.redis_outbox import PREFIX
from notifier.record.workers import Report, Workers

REPORT = Report("0123456789ab", datetime(2026, 11, 24, 12, tzinfo=UTC))


def test_the_last_word_counts(redis: Redis) -> None:
    """What a worker said comes back as it was."""
    workers = Workers(redis)
    workers.beat("b@host", REPORT)
    workers.beat("a@host", REPORT)
    refused = replace(REPORT, error="handlers/all.yaml:1:2: Müll")

    workers.beat("a@host", refused)

    assert workers.reports() == {"a@host": refused, "b@host": REPORT}


def test_a_silent_worker_is_forgotten(redis: Redis) -> None:
    """Of itself: nobody has to clear up behind one that was killed."""
    Workers(redis).beat("gone@host", REPORT, timedelta(milliseconds=1))

    while redis.exists(f"{PREFIX}worker:gone@host", f"{PREFIX}workers"):
        pass

    assert Workers(redis).reports() == {}


def test_names_of_the_gone_do_not_pile_up(redis: Redis) -> None:
    """As long as others live, they forget for them."""
    workers = Workers(redis)
    workers.beat("gone@host", REPORT, timedelta(milliseconds=1))
    while redis.exists(f"{PREFIX}worker:gone@host"):
        pass

    workers.beat("here@host", REPORT)

    assert redis.zrange(f"{PREFIX}workers", 0, -1) == [b"here@host"]


def test_who_leaves_is_gone_at_once(redis: Redis) -> None:
    """A worker that was stopped isn't waited for."""
    workers = Workers(redis)
    workers.beat("a@host", REPORT)

    workers.leave("a@host")

    assert workers.reports() == {}
    assert not redis.keys(f"{PREFIX}worker*")
