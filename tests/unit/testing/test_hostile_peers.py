"""The tables of the fault kit, and the page made of them."""

from __future__ import annotations

from pathlib import Path

from notifier.testing import HTTP_PERSONALITIES, SMTP_PERSONALITIES
from notifier.testing.hostile_peers import page


def test_the_page_of_hostile_peers_is_current(repository: Path) -> None:
    """`make reference` writes it."""
    assert (repository / "docs" / "hostile-peers.md").read_text() == page()


def test_no_personality_is_there_twice() -> None:
    """A name and a description each: a second one of the same name would hide the first."""
    for personalities in (SMTP_PERSONALITIES, HTTP_PERSONALITIES):
        assert len({personality.does for personality in personalities.values()}) == len(personalities)
