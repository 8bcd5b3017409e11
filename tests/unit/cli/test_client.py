"""The Python client, without Redis: what it refuses and how it says that Redis is away."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import notifier
from notifier.errors import ConfigError, RedisUnreachable, UnreadableEvent


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("{", "not_json"),
        (b"\xff", "not_json"),
        ("[" * 100_000, "not_json"),
        ("[1]", "not_an_object"),
        ({"type": "token_init"}, "missing_field"),
        ('{"id": 5}', "missing_field"),
        ({"id": ""}, "missing_field"),
        ({"id": "a", "data": "x" * 300_000}, "too_large"),
        (json.dumps({"id": "a", "data": "x" * 300_000}), "too_large"),
    ],
)
def test_what_can_be_no_event_is_refused_at_once(event: object, reason: str) -> None:
    """The producer's own mistake is told to the producer."""
    with pytest.raises(UnreadableEvent) as caught:
        notifier.publish(event, redis_url="redis://127.0.0.1:1")  # type: ignore[arg-type]

    assert caught.value.reason == reason


def test_no_redis_is_an_error_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """None named, or none there."""
    monkeypatch.delenv("NOTIFIER_REDIS_URL", raising=False)

    with pytest.raises(RedisUnreachable, match="NOTIFIER_REDIS_URL"):
        notifier.publish({"id": "a"})
    with pytest.raises(RedisUnreachable, match="NOTIFIER_REDIS_URL"):
        notifier.publish({"id": "a"}, redis_url="redis://127.0.0.1:1")


def test_the_package_has_no_other_surprises() -> None:
    """A name it doesn't have is an AttributeError, as anywhere."""
    with pytest.raises(AttributeError, match="nothing"):
        notifier.nothing  # noqa: B018


def test_a_spool_without_a_redis_is_a_mistake_and_no_outage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who catches outages, and tries again, would try for ever."""
    monkeypatch.delenv("NOTIFIER_REDIS_URL", raising=False)

    with pytest.raises(ConfigError, match="NOTIFIER_REDIS_URL"):
        notifier.publish({"id": "a"}, spool=tmp_path)
