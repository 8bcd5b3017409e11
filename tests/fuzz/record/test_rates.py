"""However deliveries arrive and workers come, a provider gets no more than its rates allow, and no less for long."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from records import WAY, memory_record, redis_record
from redis import Redis

from notifier.circuit import Well
from notifier.configuration import Rate
from notifier.embedded import EmbeddedRedis
from notifier.outcome import Accepted
from notifier.record.outbox import Settlement
from notifier.record.redis_client import connect
from notifier.record.redis_outbox import RedisOutbox
from notifier.retry import Done

HOURS = timedelta(hours=1)
RATES = st.builds(Rate, st.integers(1, 40), st.sampled_from([1, 2, 10, 60]).map(lambda s: timedelta(seconds=s)))
#: What happens: so many arrive, a worker asks for so many, so many milliseconds go by.
ARRIVE, CLAIM, ELAPSE = "arrive", "claim", "elapse"
ACTS = st.one_of(
    st.tuples(st.just(ARRIVE), st.integers(1, 30)),
    st.tuples(st.just(CLAIM), st.integers(1, 64)),
    st.tuples(st.just(ELAPSE), st.integers(1, 5000)),
)


def burst(rate: Rate) -> float:
    """What may be sent at once: a second's worth, or one."""
    return max(rate.per_second, 1)


@pytest.mark.parametrize("over", ["memory", "redis"])
@given(rate=RATES, budget=st.none() | RATES, acts=st.lists(ACTS, max_size=40))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_window_holds_more_than_the_rate_allows(
    over: str, redis: Redis, rate: Rate, budget: Rate | None, acts: list[tuple[str, int]]
) -> None:
    """Between any two moments at most rate times time and a burst; of a budget never more than it says."""
    redis.flushall()
    rates = sorted({rate, budget or rate}, key=lambda r: (-r.per_second, r.period))
    options = {"rates": lambda _: tuple(rates), "lease": 1000 * HOURS}
    record = memory_record(**options) if over == "memory" else redis_record(redis, **options)
    sent: list[float] = []
    elapsed, began = 0.0, time.monotonic()

    for number, (act, amount) in enumerate(acts):
        if act == ARRIVE:
            record.plan(f"e{number}", *(f"user{i}@x" for i in range(amount)))
        elif act == ELAPSE:
            record.elapse(timedelta(milliseconds=amount))
            elapsed += amount / 1000
        else:
            claim = record.outbox.claim(WAY, amount)
            record.settle(claim, Done(), Accepted(), Well())
            # After the call: what Redis's own clock added can only have been less.
            at = elapsed + (time.monotonic() - began if over == "redis" else 0)
            sent += [at] * len(claim.deliveries)

    first, *others = rates
    slack = 0.05 + (time.monotonic() - began if over == "redis" else 0)
    for i, start in enumerate(sent):
        for j in range(i, len(sent)):
            within = sent[j] - start + slack
            assert j - i + 1 <= first.per_second * within + burst(first) + 1e-3
    for other in others:
        period = other.period.total_seconds()
        for i, start in enumerate(sent):
            assert sum(start <= at < start + period - slack for at in sent[i:]) <= other.count


def test_workers_together_get_all_that_the_rate_allows(redis: Redis, redis_server: EmbeddedRedis) -> None:
    """Four of them that ask all the time: never more than rate and burst, and hardly less."""
    rate, seconds = Rate(200, timedelta(seconds=1)), 3.0
    record = redis_record(redis, rates=lambda _: (rate,))
    record.plan("e1", *(f"user{i}@x" for i in range(2000)))
    record.attempt(Done(), Accepted(), Well())
    sent: list[float] = []
    lock = threading.Lock()

    def work() -> None:
        client = connect(redis_server.url)
        outbox = RedisOutbox(client, retention=HOURS, rates=lambda _: (rate,))
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            claim = outbox.claim(WAY, 7)
            with lock:
                sent.extend([claim.now.timestamp()] * len(claim.deliveries))
            outbox.settle(claim, [Settlement(d.id, Accepted(), Done()) for d in claim.deliveries], Well())
        client.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    sent.sort()
    took = sent[-1] - sent[0]
    assert len(sent) <= rate.count * took + burst(rate) + 1
    assert len(sent) >= 0.95 * rate.count * took
    for i in range(0, len(sent), 25):
        assert sum(sent[i] <= at < sent[i] + 1 for at in sent[i:]) <= rate.count + burst(rate) + 1
