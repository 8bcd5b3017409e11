"""HTML that stands in a definition: its plain text goes along."""

from __future__ import annotations

from tests.support.composing import compiled, compose, event, only


def test_the_plain_text_goes_along() -> None:
    """For programs that show none, and for filters that distrust mails without; what isn't HTML needs none."""
    html = only(compose(compiled(body="<p>Hello <b>you</b></p>", mimetype="html"), event()))
    plain = only(compose(compiled(body="<p>Hello</p>", mimetype="plain"), event()))

    assert html.body == "<p>Hello <b>you</b></p>"
    assert html.alternative == "Hello you\n"
    assert plain.alternative == ""
