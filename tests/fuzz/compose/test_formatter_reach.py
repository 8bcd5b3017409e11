"""A template's author reaches the text of a tag, and nothing of the object behind it."""

from __future__ import annotations

import contextlib
from typing import Any, Self

import pytest
from composing import TIME, compiled, taken
from hypothesis import example, given
from hypothesis import strategies as st

from notifier.compose.formatter import compile_template
from notifier.errors import ComposeError
from notifier.model import Event, Facts, TokenOwner

KNOWN = ("user", "serial", "time")
SECRET = "s3cret"
#: What rendering may ask a text for: escaping for HTML replaces.
NEEDED = {"replace"}
INSIDES = [
    ".__class__", ".__init__.__globals__", ".secret", "[0]", "[secret]", "['x']", ".format", "[-1]", ".0", ".__dict__",
    ".join", "!r.secret", "!x", ":{user.secret}", ":{serial}", ":>{time}", ":s", ":>9", ":.2", "!r:>30", "!a", "!s",
    ":d", ":{user[0]}",
]  # fmt: skip
FIELDS = st.builds(
    "{{{}{}}}".format, st.sampled_from([*KNOWN, "", "0", "self", "nobody"]), st.sampled_from(["", *INSIDES])
)
TEXTS = st.lists(FIELDS | st.sampled_from(["{", "}", "{{", "}}", "text"]) | st.text(max_size=4), max_size=6).map(
    "".join
)


class Watched(str):
    """A text that tells who reached into it."""

    __slots__ = ("reached",)
    secret = SECRET

    def __new__(cls, text: str) -> Self:
        """With an empty list of what was reached."""
        made = super().__new__(cls, text)
        object.__setattr__(made, "reached", [])
        return made

    def __getattribute__(self, name: str) -> Any:
        if name != "reached":
            self.reached.append(name)
        return super().__getattribute__(name)

    def __getitem__(self, key: Any) -> str:
        self.reached.append(f"[{key}]")
        return super().__getitem__(key)

    def __iter__(self) -> Any:
        self.reached.append("iter")
        return super().__iter__()


@given(text=TEXTS, escape=st.booleans())
@example(text="{user.secret}", escape=False)
@example(text="{user:{user.secret}}", escape=False)
@example(text="{user!r:>30}{{user.secret}}", escape=True)
def test_the_formatter_reaches_no_attribute(text: str, escape: bool) -> None:
    """A text is refused when it's read, or rendered without looking into any value."""
    values = {name: Watched(name) for name in KNOWN}
    with contextlib.suppress(ValueError):
        rendered = compile_template(text, KNOWN).render(values, escape=escape)
        assert SECRET not in rendered
        assert "<bound method" not in rendered

    assert {name for value in values.values() for name in value.reached} <= NEEDED


@pytest.mark.parametrize("inside", [i for i in INSIDES if i[0] in ".["])
def test_an_attribute_is_refused_when_it_is_read(inside: str) -> None:
    """With what may be written instead."""
    with pytest.raises(ValueError, match="only the name of a tag") as caught:
        compile_template(f"{{user{inside}}}", KNOWN)

    assert str(caught.value).isprintable()


@given(text=TEXTS, html=st.booleans())
def test_no_definition_reaches_an_attribute_of_a_fact(text: str, html: bool) -> None:
    """Through the whole of composing: subject, body and file name."""
    owner = TokenOwner("kim", email="kim@x.example", givenname=Watched("Kim"), info={"x": Watched("x")})
    event = Event("1", "/t", "x", TIME, Facts(tokenowner=owner))
    mail = compiled(subject=text, body=text, mimetype="html" if html else "plain")
    file = compiled("savefile", filename=f"x{text}", body=text)

    for action in (mail, file):
        if not action.errors:
            with contextlib.suppress(ComposeError):
                for message in taken(action.compose(event)).messages:
                    assert SECRET not in message.subject + message.body + message.filename
