"""Names of a spool's files."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from notifier.spool.name import Names, is_event, stream_of, writer_of


@given(times=st.lists(st.integers(0, 2**62), min_size=1, max_size=20))
def test_a_writers_names_ascend_whatever_the_clock_does(times: list[int]) -> None:
    """Set back, or standing still: sorted names are in the order of the events."""
    clock = iter(times)
    names = Names("ab12", lambda: next(clock))

    made = [names.new("token-events") for _ in times]

    assert made == sorted(set(made))


@given(stream=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_a_name_says_stream_and_writer(stream: str) -> None:
    """Whatever the stream is called, its name is a file name and comes out again."""
    name = Names("ab12", lambda: 1).new(stream)

    assert "/" not in name
    assert is_event(name)
    assert (writer_of(name), stream_of(name, "x")) == ("ab12", stream)


def test_foreign_files_are_welcome() -> None:
    """Whatever ends in .json is an event of the usual stream; drafts and notes are none."""
    assert stream_of("mine.json", "token-events") == "token-events"
    assert writer_of("mine.json") == "mine.json"
    assert is_event("mine.json")
    assert not is_event(".1-ab.s.json.draft")
    assert not is_event(".hidden.json")
    assert not is_event("mine.json.reason")
