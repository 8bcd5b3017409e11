import pytest

from notifier.telephony.measure import measure
from notifier.telephony.shortening import shorten


@pytest.mark.parametrize(
    ("text", "most", "sent"),
    [
        ("x" * 160, 1, "x" * 160),
        ("x" * 161, 1, "x" * 157 + "..."),
        ("x" * 307, 2, "x" * 303 + "..."),
        ("ł" * 71, 1, "ł" * 67 + "..."),
        ("x" * 155 + "ł" * 50, 1, "x" * 155 + "..."),  # its beginning is in the alphabet
        ("x" * 150 + "  " + "y" * 20, 1, "x" * 150 + "  " + "y" * 5 + "..."),
        ("x" * 155 + "  " + "y" * 20, 1, "x" * 155 + "..."),
        ("ł" * 66 + "e\u0301" + "ł" * 30, 1, "ł" * 66 + "..."),  # a letter keeps its accent, or goes
        ("ł" * 66 + "\U0001f600" + "ł" * 30, 1, "ł" * 66 + "..."),
    ],
)
def test_a_long_text_is_cut_with_dots(text: str, most: int, sent: str) -> None:
    """As late as can be; a text that fits is left alone."""
    assert shorten(text, most) == sent


def test_a_letter_without_end_is_cut() -> None:
    """A thousand accents are no reason to send nothing."""
    sent = shorten("e" + "\u0301" * 1000, 1)

    assert sent.startswith("e\u0301")
    assert measure(sent).segments == 1


def test_a_text_of_any_size_is_cut_quickly() -> None:
    """No more of it is looked at than can be sent."""
    assert measure(shorten("ł" * (1 << 20), 255)).segments == 255
