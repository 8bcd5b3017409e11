"""Emptying a spool: in order, twice rather than never, and nothing in the way of the rest."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import pytest

from notifier.spool.directory import Spool
from notifier.spool.flush import Flusher, in_order

Keep = Callable[..., list[str]]


class Sink:
    """Streams in memory; may fail before it takes a batch, or after."""

    def __init__(self) -> None:
        self.ids: list[tuple[str, str]] = []
        self.batches = 0
        self.fails = ""

    def __call__(self, stream: str, raws: Sequence[bytes]) -> None:
        if self.fails == "before":
            raise ConnectionError
        self.batches += 1
        self.ids += [(stream, json.loads(raw)["id"]) for raw in raws]
        if self.fails == "after":
            raise ConnectionError


@pytest.fixture
def sink() -> Sink:
    """Where flushed events end."""
    return Sink()


@pytest.fixture
def flusher(spool: Spool, sink: Sink) -> Flusher:
    """Moves the spool into the sink."""
    return Flusher(spool, sink, stream="token-events")


def sent(sink: Sink) -> list[str]:
    return [ident for _, ident in sink.ids]


def test_many_go_in_batches_and_in_order(spool: Spool, keep: Keep, sink: Sink, flusher: Flusher) -> None:
    """1,100 are three round trips, told as they go."""
    idents = [f"e{i}" for i in range(1100)]
    keep(*idents)
    told: list[int] = []

    assert flusher.flush(progress=told.append).sent == 1100

    assert sent(sink) == idents
    assert sink.batches == 3
    assert told == [500, 500, 100]
    assert not spool.waiting()


def test_a_portion_leaves_the_rest(keep: Keep, sink: Sink, flusher: Flusher) -> None:
    """Publishes carry so many each, and what came meanwhile goes behind."""
    keep("a", "b", "c")

    assert flusher.flush(2).sent == 2
    keep("d")
    assert flusher.flush(1).sent == 1
    assert flusher.flush(9).sent == 1

    assert sent(sink) == ["a", "b", "c", "d"]


@pytest.mark.parametrize(("fails", "first"), [("before", []), ("after", ["a", "b"])])
def test_a_flush_that_dies_is_done_again(
    spool: Spool, keep: Keep, sink: Sink, flusher: Flusher, fails: str, first: list[str]
) -> None:
    """Before Redis's yes or after it: all are kept; they may be in the stream twice, never not at all."""
    keep("a", "b")
    sink.fails = fails
    with pytest.raises(ConnectionError):
        flusher.flush()
    assert len(spool.listing()) == 2

    sink.fails = ""
    keep("c")
    flusher.flush()

    assert sent(sink) == [*first, "a", "b", "c"]
    assert not spool.waiting()


def test_poison_is_set_aside_with_the_reason(spool: Spool, keep: Keep, sink: Sink, flusher: Flusher) -> None:
    """Whatever lies there, the events around it go on, and it is kept."""
    keep("a")
    poison = {"0.json": b"{", "1.json": b"[1]", "2.json": b'{"no": "id"}', "3.json": b"", "4.json": b"\xff" * 9}
    for name, text in poison.items():
        (spool.directory / name).write_bytes(text)
    (spool.directory / "5.json").mkdir()
    keep("b")

    done = flusher.flush()

    assert sent(sink) == ["a", "b"]
    assert [name for name, _ in done.refused] == [*poison, "5.json"]
    refused = dict(spool.refused())
    assert refused["0.json"] == "not_json: the message is not JSON"
    assert refused["2.json"].startswith("missing_field")
    assert refused["5.json"].startswith("unreadable_file")
    assert (spool.directory / "refused" / "4.json").read_bytes() == b"\xff" * 9
    assert not spool.waiting()


def test_a_refused_file_that_is_mended_goes_on(spool: Spool, keep: Keep, sink: Sink, flusher: Flusher) -> None:
    """Moved back into the directory it is an event like any other."""
    keep("a")
    (spool.directory / "odd.json").write_text("{")
    flusher.flush()

    (spool.directory / "refused" / "odd.json").write_text('{"id": "odd"}')
    (spool.directory / "refused" / "odd.json").rename(spool.directory / "odd.json")
    flusher.flush()

    assert sent(sink) == ["a", "odd"]


def test_events_go_to_their_own_streams(spool: Spool, keep: Keep, sink: Sink, flusher: Flusher) -> None:
    """One directory for two streams mixes nothing up."""
    keep("a")
    spool.add("other/stream", [b'{"id": "b"}'])
    keep("c")

    flusher.flush()

    assert sink.ids == [("token-events", "a"), ("other/stream", "b"), ("token-events", "c")]


def test_only_one_flushes(spool: Spool, keep: Keep, sink: Sink, flusher: Flusher) -> None:
    """The other says so, and takes nothing."""
    keep("a")

    with spool.alone() as ours:
        assert ours
        assert flusher.flush().busy
        assert not sent(sink)

    assert not flusher.flush().busy
    assert sent(sink) == ["a"]


def test_what_an_operator_deletes_is_gone(spool: Spool, keep: Keep, sink: Sink, flusher: Flusher) -> None:
    """Also where the flusher knew of it."""
    names = keep("a", "b", "c")
    flusher.flush(1)

    (spool.directory / names[1]).unlink()
    flusher.flush()

    assert sent(sink) == ["a", "c"]


def test_no_event_is_taken_whose_predecessor_the_listing_missed(spool: Spool) -> None:
    """A directory that is written to while it is listed told of e5 and not of e4: the second listing decides."""
    e4, e5, e6 = (f"{i:020d}-ab12.token-events.json" for i in (4, 5, 6))
    foreign = "note.json"
    told = iter([[e5, foreign], [e6, e4, e5, foreign]])

    class Torn(Spool):
        def listing(self) -> list[str]:
            return next(told)

    assert in_order(Torn(spool.directory, writer="ab12", clock=lambda: 0)) == [e4, e5, foreign]
