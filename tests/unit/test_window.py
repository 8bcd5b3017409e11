"""A claim's way through a provider that has several deliveries under way at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from notifier.circuit import Busy, Failed, Well
from notifier.configuration import RetryPolicy
from notifier.deliver.provider import Provider
from notifier.model import Channel, Delivery
from notifier.outcome import Accepted, Deferred, Outcome, Reason, Throttled, Unsure
from notifier.record.hold import Hold
from notifier.record.outbox import Claim, Way
from notifier.retry import Again, Done
from notifier.window import Window
from tests.support.deliveries import mail

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LOST = Unsure(Reason.CONNECTION_LOST, "lost")


class Leases:
    """A hold's leases, which last."""

    def renew(self, _: Claim) -> bool:
        return True


class Ahead:
    """A provider that takes so many before it tells the first outcome."""

    def __init__(self, answer: Callable[[str], Outcome], ahead: int = 3) -> None:
        self.answer = answer
        self.ahead = ahead
        self.taken: list[str] = []
        self.alone: list[str] = []

    def send(self, delivery: Delivery) -> Outcome:
        self.alone.append(delivery.id)
        return self.answer(delivery.id)

    def send_each(
        self, deliveries: Iterator[Delivery], may_go: Callable[[], bool] = lambda: True
    ) -> Iterator[Outcome | None]:
        del may_go  # what it takes goes out at once
        while under_way := [delivery.id for delivery in islice(deliveries, self.ahead)]:
            self.taken += under_way
            yield from map(self.answer, under_way)

    def close(self) -> None:
        pass


def passed(
    provider: Provider, count: int, *, fresh: bool = True, lease: float = 60.0, ending: Callable[[], bool] = bool
) -> Window:
    """A window of so many deliveries, d0, d1, ..., after they went through."""
    deliveries = [mail("a@x.example", identity=f"d{number}") for number in range(count)]
    claim = Claim(Way(Channel.MAIL, "relay1"), "token", NOW, deliveries, 0, timedelta(seconds=lease), fresh)
    hold = Hold(Leases(), claim, 0.0 if lease < 0 else time.monotonic())
    window = Window(claim, hold, RetryPolicy(first=timedelta(hours=1)), roll=lambda: 0.5, ending=ending)
    window.pass_through(provider)
    assert sorted(s.delivery_id for s in window.settlements) == sorted(d.id for d in deliveries)
    return window


def outcomes(window: Window) -> list[Outcome | None]:
    return [settlement.outcome for settlement in sorted(window.settlements, key=lambda s: s.delivery_id)]


def test_outcomes_belong_to_the_deliveries_in_their_order() -> None:
    """Though several were taken ahead."""
    words = {f"d{number}": Accepted(str(number)) for number in range(7)}

    window = passed(provider := Ahead(words.__getitem__), 7)

    assert outcomes(window) == list(words.values())
    assert all(isinstance(settlement.step, Done) for settlement in window.settlements)
    assert [attempted.delivery for attempted in window.tried] == list(words)
    assert provider.alone == []


@pytest.mark.parametrize("failure", [Deferred(Reason.TIMED_OUT, provider_failed=True), Throttled(timedelta(seconds=9))])
def test_a_provider_that_fails_gets_no_more(failure: Outcome) -> None:
    """What it has taken has its outcome, the rest is handed back; a late yes doesn't mend it."""
    window = passed(provider := Ahead(lambda name: failure if name == "d1" else Accepted()), 9)

    assert provider.taken == ["d0", "d1", "d2"]
    assert outcomes(window)[:3] == [Accepted(), failure, Accepted()]
    assert outcomes(window)[3:] == [None] * 6
    assert {s.step for s in window.settlements if s.outcome is None} == {Again(NOW, counted=False)}
    assert isinstance(window.health, Failed | Busy)
    assert window.is_over


def test_nothing_more_is_fed_when_the_process_ends() -> None:
    """What is under way is finished."""
    ends = iter([False, False, True, True])

    window = passed(Ahead(lambda _: Accepted()), 9, ending=lambda: next(ends, True))

    assert outcomes(window) == [Accepted()] * 2 + [None] * 7


class Slow(Ahead):
    """A provider that has something to do before what it took goes out, and asks again then."""

    def send_each(
        self, deliveries: Iterator[Delivery], may_go: Callable[[], bool] = lambda: True
    ) -> Iterator[Outcome | None]:
        for delivery in deliveries:
            self.taken.append(delivery.id)
            yield self.answer(delivery.id) if may_go() else None


def test_what_was_taken_is_asked_about_again_before_it_goes_out() -> None:
    """The lease may be lost meanwhile, or the process be ending: handed back, no attempt used."""
    ends = iter([False, False, False, True])  # asked when one is taken, and before it goes out

    window = passed(provider := Slow(lambda _: Accepted()), 4, ending=lambda: next(ends, True))

    assert provider.taken == ["d0", "d1"]
    assert outcomes(window) == [Accepted(), None, None, None]
    assert {s.step for s in window.settlements if s.outcome is None} == {Again(NOW, counted=False)}
    assert [attempted.delivery for attempted in window.tried] == ["d0"]


def test_nothing_is_fed_without_a_hold() -> None:
    """It may be somebody else's by now."""
    assert outcomes(passed(Ahead(lambda _: Accepted()), 3, lease=-1.0)) == [None] * 3


def test_several_that_lose_one_connection_don_t_open_the_circuit() -> None:
    """One loss says nothing of the provider; the next one, of another connection, does."""
    assert passed(Ahead(lambda _: LOST), 3).health is None
    assert isinstance(passed(Ahead(lambda _: LOST), 4).health, Failed)
    assert isinstance(passed(Ahead(lambda _: LOST), 3, fresh=False).health, Failed)


def test_a_bug_met_by_one_alone_defers_it() -> None:
    """As with providers that send one by one; the rest goes that way."""

    def answer(name: str) -> Outcome:
        if name == "d1":
            raise KeyError(name)
        return Accepted()

    window = passed(provider := Ahead(answer, ahead=1), 4)

    assert outcomes(window)[1] == Deferred(Reason.INTERNAL_ERROR, "KeyError in the provider")
    assert [o for o in outcomes(window) if o == Accepted()] == [Accepted()] * 3
    assert provider.alone == ["d2", "d3"]
    assert window.health == Well()


def test_a_bug_met_by_several_leaves_them_unsure() -> None:
    """Nobody knows which of them was handed over before it."""

    def answer(name: str) -> Outcome:
        if name == "d1":
            raise KeyError(name)
        return Accepted(name)

    window = passed(provider := Ahead(answer), 5)

    bug = Unsure(Reason.INTERNAL_ERROR, "KeyError in the provider")
    assert outcomes(window) == [Accepted("d0"), bug, bug, Accepted("d3"), Accepted("d4")]
    assert provider.alone == ["d3", "d4"]


def test_a_provider_that_tells_no_outcome_leaves_it_unsure() -> None:
    """Even one alone: it may have been handed over."""

    class Silent(Ahead):
        def send_each(
            self, deliveries: Iterator[Delivery], may_go: Callable[[], bool] = lambda: True
        ) -> Iterator[Outcome | None]:
            del may_go
            next(deliveries)
            return iter(())

    window = passed(Silent(lambda _: Accepted()), 2)

    assert outcomes(window) == [Unsure(Reason.INTERNAL_ERROR, "the provider told no outcome"), Accepted()]
