"""`publish` and the Python client over a real Redis."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

import notifier
from notifier.errors import RedisUnreachable

Make = Callable[..., dict[str, Any]]


def stream(redis: Any) -> list[bytes]:
    """What is in the stream."""
    return [fields[b"event"] for _, fields in redis.xrange("token-events")]


@pytest.mark.parametrize("layout", ["object", "pretty", "array", "lines"])
def test_every_layout_is_published(desk: Any, redis: Redis, make_event: Make, tmp_path: Path, layout: str) -> None:
    """One object, an array and JSON lines; the ids come out, one a line."""
    events = [make_event(i) for i in ("a", "b")][: 1 if layout in ("object", "pretty") else 2]
    text = {
        "object": json.dumps(events[0]),
        "pretty": json.dumps(events[0], indent=2),
        "array": json.dumps(events, indent=1),
        "lines": "\n".join(map(json.dumps, events)),
    }[layout]
    file = tmp_path / "events"
    file.write_text(text)

    result = desk.run("publish", str(file))

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [e["id"] for e in events]
    assert list(map(json.loads, stream(redis))) == events


def test_bad_events_are_named_and_the_good_ones_published(desk: Any, redis: Redis, make_event: Make) -> None:
    """Line, reason and detail of each; exit 65."""
    given = "\n".join([json.dumps(make_event("a")), "nonsense", json.dumps({"id": "x"}), json.dumps(make_event("b"))])

    plain = desk.run("publish", "-", given=given)
    document = desk.run("publish", "-", "--json", given=given)

    assert (plain.exit_code, document.exit_code) == (65, 65)
    assert plain.stdout.split() == ["a", "b"]
    assert [line.split(": ")[:2] for line in plain.stderr.splitlines()] == [
        ["stdin:2", "not_json"],
        ["stdin:3", "missing_field"],
    ]
    found = json.loads(document.stdout)
    assert set(found) == {"published", "refused"}
    assert found["published"] == ["a", "b"]
    assert [(r["line"], r["reason"]) for r in found["refused"]] == [(2, "not_json"), (3, "missing_field")]
    assert all(set(r) == {"line", "reason", "detail"} for r in found["refused"])
    assert len(stream(redis)) == 4


def test_an_event_of_ten_megabytes_is_refused_with_size_and_limit(desk: Any, redis: Redis, make_event: Make) -> None:
    """Neither published nor cut."""
    result = desk.run("publish", "-", given=json.dumps(make_event("a", subject="x" * 10_000_000)))

    assert result.exit_code == 65
    assert "too_large: 1000" in result.stderr
    assert "262144" in result.stderr
    assert len(result.stderr) < 300
    assert stream(redis) == []


def test_more_than_a_batch_keeps_its_order(desk: Any, redis: Redis, make_event: Make) -> None:
    """1201 events are three batches, and come in the order they were written."""
    ids = [f"e{i}" for i in range(1201)]

    found = desk.json("publish", "-", given="\n".join(json.dumps(make_event(i)) for i in ids))

    assert found == {"published": ids, "refused": []}
    assert [json.loads(raw)["id"] for raw in stream(redis)] == ids


def test_nothing_to_publish_is_said(desk: Any) -> None:
    """An empty file is no error, but nobody should wonder."""
    result = desk.run("publish", "-", given="")

    assert result.exit_code == 0
    assert result.stderr == "notifier: no events in stdin\n"


def test_no_such_file_is_wrong_usage(desk: Any) -> None:
    """Exit 2."""
    assert desk.run("publish", "nowhere.json").exit_code == 2


@pytest.mark.parametrize("kind", ["refused", "silent", "missing socket"])
def test_redis_unreachable_is_exit_75_within_seconds(desk: Any, make_event: Make, kind: str) -> None:
    """Whether it refuses or keeps silent: one line that says what to do."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if kind == "silent":
            listener.listen(1)
        address = f"redis://:secret@127.0.0.1:{listener.getsockname()[1]}"
        desk.environ["NOTIFIER_REDIS_URL"] = "unix:///nowhere/redis.sock" if kind == "missing socket" else address

        began = time.monotonic()
        result = desk.run("publish", "-", given=json.dumps(make_event("a")))

    assert result.exit_code == 75
    assert time.monotonic() - began < 4
    assert result.stdout == ""
    assert result.stderr.startswith("notifier: Redis can't be reached (")
    assert "NOTIFIER_REDIS_URL" in result.stderr
    assert "secret" not in result.stderr
    assert result.stderr.count("\n") == 1


def test_the_timeout_bounds_the_write_too(desk: Any, redis: Any, make_event: Make) -> None:
    """A server that answers PING and takes no writes, as during a failover."""
    redis.execute_command("CLIENT", "PAUSE", "60000", "WRITE")
    try:
        began = time.monotonic()
        result = desk.run("publish", "-", "--timeout", "0.3", given=json.dumps(make_event("a")))
        took = time.monotonic() - began
    finally:
        redis.execute_command("CLIENT", "UNPAUSE")

    assert result.exit_code == 75
    assert result.stderr.startswith("notifier: Redis can't be reached (")
    assert took < 4


def test_a_stream_that_is_none_is_told(desk: Any, redis: Any, make_event: Make) -> None:
    """Trying again later won't help: not exit 75."""
    redis.set("token-events", "x")

    result = desk.run("publish", "-", given=json.dumps(make_event("a")))

    assert result.exit_code == 1
    assert result.stderr.startswith("notifier: Redis refused: WRONGTYPE")


def test_a_url_that_is_none_is_told(desk: Any, make_event: Make) -> None:
    """A mistyped scheme is a mistake of the configuration."""
    desk.environ["NOTIFIER_REDIS_URL"] = "http://:secret@127.0.0.1"

    result = desk.run("publish", "-", given=json.dumps(make_event("a")))

    assert result.exit_code == 1
    assert "redis://" in result.stderr
    assert "secret" not in result.stderr


def test_a_producer_needs_no_configuration(desk: Any, redis: Redis, make_event: Make) -> None:
    """A host that only publishes has a URL and nothing else."""
    desk.config = Path("nowhere")

    assert desk.run("publish", "-", given=json.dumps(make_event("a"))).exit_code == 0
    assert len(stream(redis)) == 1


def test_the_python_client_publishes_mappings_and_texts(
    desk: Any, redis: Redis, make_event: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By URL or by the environment; the event's id comes back."""
    url = desk.environ["NOTIFIER_REDIS_URL"]
    monkeypatch.setenv("NOTIFIER_REDIS_URL", url)

    assert notifier.publish(make_event("a"), redis_url=url) == "a"
    assert notifier.publish(json.dumps(make_event("ä"))) == "ä"
    assert notifier.publish(json.dumps(make_event("c")).encode()) == "c"

    assert [json.loads(raw)["id"] for raw in stream(redis)] == ["a", "ä", "c"]


def test_the_python_client_gives_up_on_a_silent_redis(make_event: Make) -> None:
    """A login never waits for long."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        url = f"redis://127.0.0.1:{listener.getsockname()[1]}"

        began = time.monotonic()
        with pytest.raises(RedisUnreachable):
            notifier.publish(make_event("a"), redis_url=url, timeout=0.1)

    assert time.monotonic() - began < 2
