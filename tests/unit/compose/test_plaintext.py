from __future__ import annotations

import pytest

from notifier.compose.plaintext import plain_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Hello  <b>Kim</b>,</p>\n<p>bye</p>", "Hello Kim,\n\nbye\n"),
        ("a<br>b", "a\nb\n"),
        ("<h1>Title</h1><ul><li>one</li><li>two</li></ul>", "Title\n\n  * one\n  * two\n"),
        (
            "<table><tr><td>Serial</td><td>A1</td></tr><tr><td>PIN</td><td>7</td></tr></table>",
            "Serial  A1\nPIN     7\n",
        ),
        ("<head><title>no</title><style>p{}</style></head><p>yes<script>no</script></p>", "yes\n"),
        ("<p>K&ouml;hler &amp; S&#246;hne &lt;b&gt;</p>", "Köhler & Söhne <b>\n"),
        ("<pre>a\n  b</pre>", "a\n  b\n"),
        ("<!-- no -->yes", "yes\n"),
        ("", ""),
        ("<p> </p>", ""),
        ("no tags < here", "no tags < here\n"),
        ("<?xml version='1.0' encoding='utf-16'?><p>a</p>", "a\n"),
    ],
)
def test_what_is_seen(markup: str, text: str) -> None:
    """Paragraphs, lists and tables are laid out; what isn't shown isn't there."""
    assert plain_text(markup) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ('<a href="https://x.de/?a=1&amp;b=2">here</a>.', "here <https://x.de/?a=1&b=2>.\n"),
        ('<a href="https://x.de">https://x.de</a>', "https://x.de\n"),
        ('<a href="mailto:a@x.de">a@x.de</a>', "a@x.de\n"),
        ('<a href="mailto:a@x.de">the desk</a>', "the desk <mailto:a@x.de>\n"),
        ('<a href="#top">up</a> <a name="top">top</a>', "up top\n"),
        ('<a href="https://x.de"><img src="cid:a" alt="Portal"></a>', "[Portal] <https://x.de>\n"),
        ('<a href="https://x.de">so<br>long</a>', "so\nlong <https://x.de>\n"),
    ],
)
def test_a_link_shows_its_address(markup: str, text: str) -> None:
    """Who reads no HTML can still follow it; an address that is shown anyway isn't shown twice."""
    assert plain_text(markup) == text


def test_an_image_is_its_description() -> None:
    """An image without one says nothing."""
    assert plain_text('<img src="cid:token_image" alt="QR code"> <img src="x"> end') == "[QR code] end\n"


@pytest.mark.parametrize(
    "markup",
    ["<div>" * 3000 + "deep", "<p>x</p>" * 50_000, "<table><tr><td>" * 200 + "x", "\ud800 half", "<" * 200_000, "a\0b"],
)
def test_html_that_nobody_can_lay_out(markup: str) -> None:
    """Too deep, too large, or nothing at all: there is a text without tags, and no error."""
    assert plain_text(markup).strip()


def test_the_marks_of_links_are_ours() -> None:
    """Characters that mark links inside stand for nothing outside."""
    assert plain_text("a\ue0f0b\ue0f1c\ue0f2d") == "abcd\n"
