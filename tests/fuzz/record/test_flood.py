"""The flood guard under anything that may happen: every delivery is sent or held, and what was held is told."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from records import WAY, Record, memory_record, redis_record
from redis import Redis

from notifier.compose.heldback import HeldBack
from notifier.configuration import Policies, Rate
from notifier.record.redis_outbox import PREFIX
from notifier.summaries import Summaries

HOUR, YEARS = timedelta(hours=1), timedelta(days=3650)
PEOPLE = ["kim@x", "rosa@x", "ann@x"]
EVENTS = st.tuples(st.integers(0, 30), st.sets(st.sampled_from(PEOPLE), min_size=1), st.booleans())
ACTS = st.one_of(EVENTS, st.sampled_from(["elapse", "tell", "replay", "discard"]))


def told(record: Record) -> Counter[str]:
    """What the sweep tells whom."""
    overflows = record.floods.overflows()
    summaries = Summaries(record.floods, HeldBack({}, "UTC"), Policies(), observe=lambda _: None)
    assert summaries.tell(overflows, record.now()) == len(overflows)
    assert summaries.tell(overflows, record.now()) == 0
    return sum((Counter({o.envelope.to[0]: o.count}) for o in overflows), Counter())


@pytest.mark.parametrize("over", ["memory", "redis"])
@given(limit=st.integers(1, 4), acts=st.lists(ACTS, max_size=40))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nobody_gets_more_and_nothing_is_untold(over: str, redis: Redis, limit: int, acts: list[object]) -> None:
    """The model: a window of two hours from the first delivery on; time goes by in whole hours."""
    redis.flushall()
    options = {"per_recipient": Rate(limit, 2 * HOUR), "retention": YEARS}
    record = memory_record(**options) if over == "memory" else redis_record(redis, **options)
    hour, known, windows = 0, set[int](), dict[str, tuple[int, int]]()
    held, heard, due = Counter[str](), Counter[str](), 0

    for act in [*acts, "elapse", "elapse", "tell"]:
        if act == "elapse":
            record.elapse(HOUR)
            hour += 1
        elif act == "tell":
            due += len(record.floods.overflows())
            heard += told(record)
        elif act == "replay":
            due += len(list(record.desk.letters()))
            record.desk.replay(list(record.desk.letters()))
        elif act == "discard":
            record.desk.discard(list(record.desk.letters()))
        else:
            number, people, critical = act  # type: ignore[misc] - an event, then
            record.plan(f"e{number}", *sorted(people), critical=critical, lifetime=YEARS)
            if number in known:
                continue
            known.add(number)
            for person in people:
                since, count = windows.get(person, (-9, 0))
                if not critical:
                    since, count = (hour, 1) if hour - since >= 2 else (since, count + 1)
                    windows[person] = since, count
                due += critical or count <= limit
                held[person] += not critical and count > limit
        assert record.queue().due == due if due else not record.glance().queues

    assert heard == +held
    assert record.floods.overflows() == []
    assert not list(redis.scan_iter(f"{PREFIX}held*"))
    assert not [key for key in redis.scan_iter(f"{PREFIX}guard*") if redis.pttl(key) < 0]
    assert WAY.provider == "relay1"
