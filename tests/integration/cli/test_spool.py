"""`publish --spool` and `spool` over a real Redis and a real disk."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

Make = Callable[..., dict[str, Any]]


@pytest.fixture
def place(tmp_path: Path) -> str:
    """The spool's directory."""
    return str(tmp_path / "spool")


@pytest.fixture
def away(desk: Any) -> Iterator[Callable[[], None]]:
    """Redis is away, until the test lets it come back."""
    url = desk.environ["NOTIFIER_REDIS_URL"]
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        desk.environ["NOTIFIER_REDIS_URL"] = f"redis://:hidden@127.0.0.1:{listener.getsockname()[1]}"
        yield lambda: desk.environ.update(NOTIFIER_REDIS_URL=url)


def lines(*events: dict[str, Any]) -> str:
    return "\n".join(map(json.dumps, events))


def ids(redis: Any) -> list[str]:
    """What is in the stream."""
    return [json.loads(fields[b"event"])["id"] for _, fields in redis.xrange("token-events")]


def test_with_a_spool_an_unreachable_redis_is_no_failure(
    desk: Any, redis: Redis, make_event: Make, place: str, away: Callable[[], None]
) -> None:
    """Exit 0, the ids, and a clear line; the next publish takes all of them to Redis, in order."""
    result = desk.run("publish", "-", "--spool", place, given=lines(make_event("a"), make_event("b")))

    assert result.exit_code == 0
    assert result.stdout.split() == ["a", "b"]
    first, second = result.stderr.splitlines()
    assert first.startswith("notifier: Redis can't be reached (")
    assert place in first
    assert second.startswith("notifier: 2 events in the spool")
    assert "hidden" not in result.stderr

    away()
    assert desk.json("publish", "-", "--spool", place, given=lines(make_event("c"))) == {
        "published": ["c"],
        "spooled": [],
        "refused": [],
    }
    assert ids(redis) == ["a", "b", "c"]


def test_json_tells_where_each_is(desk: Any, make_event: Make, place: str, away: Callable[[], None]) -> None:
    """Published, spooled, refused; exit 65 for the last, as ever. The variable is as good as the option."""
    del away
    desk.environ["NOTIFIER_SPOOL"] = place

    result = desk.run("publish", "-", "--json", given=lines(make_event("a")) + "\nnonsense")

    assert result.exit_code == 65
    found = json.loads(result.stdout)
    assert found["published"] == []
    assert found["spooled"] == ["a"]
    assert [refused["reason"] for refused in found["refused"]] == ["not_json"]


def test_without_redis_nothing_waits_longer_than_told(desk: Any, make_event: Make, place: str) -> None:
    """No address is known at all (the embedded server doesn't run): spooled, too."""
    desk.environ["NOTIFIER_REDIS_URL"] = ""
    desk.environ["NOTIFIER_DATA"] = place + "-nowhere"

    assert desk.json("publish", "-", "--spool", place, "--timeout", "0.1", given=lines(make_event("a")))["spooled"]
    assert desk.run("spool", "flush", "--dir", place).exit_code == 75


def test_a_spool_that_can_not_be_used_is_exit_75(
    desk: Any, make_event: Make, tmp_path: Path, away: Callable[[], None]
) -> None:
    """Neither Redis nor the disk: nothing is accepted, and both reasons are told."""
    del away
    place = tmp_path / "open"
    place.mkdir()
    place.chmod(0o777)

    result = desk.run("publish", "-", "--spool", str(place), given=lines(make_event("a")))

    assert result.exit_code == 75
    assert result.stdout == ""
    assert "Redis can't be reached" in result.stderr
    assert "chmod 700" in result.stderr


def test_list_shows_labels_only(desk: Any, make_event: Make, place: str, away: Callable[[], None]) -> None:
    """Without Redis: file, state, id, time, size, and of poison the reason; never a text."""
    Path(place).mkdir(mode=0o700)
    assert desk.json("spool", "list", "--dir", place) == []
    assert "nothing in the spool" in desk.run("spool", "list", "--dir", place).stderr
    desk.run("publish", "-", "--spool", place, given=lines(make_event("a", subject="private")))
    Path(place, "zz.json").write_text("private")

    waiting, poison = desk.json("spool", "list", "--dir", place)

    assert set(waiting) == {"file", "state", "stream", "id", "at", "size", "reason"}
    assert (waiting["state"], waiting["id"], waiting["stream"], waiting["reason"]) == (
        "waiting",
        "a",
        "token-events",
        "",
    )
    assert (poison["file"], poison["id"], poison["reason"][:8]) == ("zz.json", "", "not_json")
    plain = desk.run("spool", "list", "--dir", place)
    assert "private" not in plain.output

    away()
    desk.run("spool", "flush", "--dir", place)
    (left,) = desk.json("spool", "list", "--dir", place)
    assert (left["state"], left["reason"]) == ("refused", "not_json: the message is not JSON")


def test_flush_takes_all_and_sets_poison_aside(
    desk: Any, redis: Redis, make_event: Make, place: str, away: Callable[[], None]
) -> None:
    """Exit 75 while Redis is away, 65 with poison among them, 0 when there is nothing to do."""
    desk.run("publish", "-", "--spool", place, given=lines(make_event("a"), make_event("b")))
    Path(place, "zz.json").write_text("{")
    failed = desk.run("spool", "flush", "--dir", place)
    assert failed.exit_code == 75
    assert failed.stderr.startswith("notifier: Redis can't be reached (")

    away()
    result = desk.run("spool", "flush", "--dir", place, "--json")

    assert result.exit_code == 65
    assert json.loads(result.stdout) == {
        "flushed": 2,
        "refused": [{"file": "zz.json", "reason": "not_json: the message is not JSON"}],
    }
    assert ids(redis) == ["a", "b"]
    assert desk.run("spool", "flush", "--dir", place).stdout == "flushed 0 events\n"


def test_a_directory_that_others_may_write_to_is_not_flushed(
    desk: Any, redis: Redis, make_event: Make, place: str
) -> None:
    """Anybody may have put the event there; a publish goes by it, to Redis."""
    Path(place).mkdir()
    foreign = Path(place, "foreign.json")
    foreign.write_text(lines(make_event("a")))
    Path(place).chmod(0o777)

    result = desk.run("spool", "flush", "--dir", place)

    assert result.exit_code == 1
    assert "chmod 700" in result.stderr
    assert desk.json("publish", "-", "--spool", place, given=lines(make_event("b")))["published"] == ["b"]
    assert ids(redis) == ["b"]
    assert foreign.exists()


def test_which_spool_has_to_be_said(desk: Any) -> None:
    """By option or variable."""
    result = desk.run("spool", "list")

    assert result.exit_code == 2
    assert "NOTIFIER_SPOOL" in result.stderr


@pytest.mark.parametrize("verb", ["list", "flush"])
def test_a_misspelt_directory_is_no_success(desk: Any, place: str, verb: str) -> None:
    """A job that flushes nothing, every minute, is found by its exit code."""
    result = desk.run("spool", verb, "--dir", place)

    assert (result.exit_code, result.stderr) == (1, f"notifier: no such directory: {place}\n")


def test_who_cannot_reach_redis_hears_where_the_address_was_written(desk: Any, away: Callable[[], None]) -> None:
    """Not that it ought to set what it did set; the password stays out of it."""
    assert away
    result = desk.run("status")

    assert result.exit_code == 75
    place = desk.environ["NOTIFIER_REDIS_URL"].rpartition("@")[2]
    assert f"NOTIFIER_REDIS_URL names {place};" in result.stderr
    assert "hidden" not in result.stderr
