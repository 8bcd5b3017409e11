from __future__ import annotations

import pytest

from notifier.compose.formatter import compile_template

KNOWN = frozenset({"serial", "user", "username"})
VALUES = {"serial": "OATH1", "user": "O'Neil <b>", "username": "kim"}


def test_a_text_may_be_as_wide_as_a_mail() -> None:
    """Widths are summed up, precisions aren't."""
    text = "{serial:>9999}" * 104 + "{serial:.9999}" * 105

    assert len(compile_template(text, KNOWN).render(VALUES)) == 104 * 9999 + 105 * len(VALUES["serial"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("no tag", "no tag"),
        ("{serial}", "OATH1"),
        ("a{serial}b{username}c", "aOATH1bkimc"),
        ("{serial:>8}|", "   OATH1|"),
        ("{serial:.2}", "OA"),
        ("{username!r}", "'kim'"),
        ("{username!s:_<5}", "kim__"),
        ("{{serial}} {{}}", "{serial} {}"),
        ("p {{color: red}}", "p {color: red}"),
        ("{{{serial}}}", "{OATH1}"),
    ],
)
def test_renders(text: str, expected: str) -> None:
    """A tag prints its value, with conversion and format; doubled braces print one."""
    assert compile_template(text, KNOWN).render(VALUES) == expected


def test_ascii_conversion() -> None:
    """!a writes what isn't ASCII as escapes."""
    assert compile_template("{user!a}", KNOWN).render({"user": "Ö"}) == "'\\xd6'"


def test_escapes_values_not_text() -> None:
    """For HTML the values are escaped, quotes too; the administrator's own markup stays."""
    template = compile_template("<i>{user}</i>", KNOWN)

    assert template.render(VALUES, escape=True) == "<i>O&#x27;Neil &lt;b&gt;</i>"
    assert template.render(VALUES) == "<i>O'Neil <b></i>"


def test_says_which_tags_it_uses() -> None:
    """Only the tags used have to be worked out."""
    assert compile_template("{serial} {serial} {{user}}", KNOWN).tags == {"serial"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{serail}", "unknown tag {serail}; did you mean {serial}?"),
        ("{zzz}", "unknown tag {zzz}; write {{ and }} for braces that are text"),
        ("{container_qr}", "unknown tag {container_qr}; write {{ and }} for braces that are text"),
        ("{}", "no tag's name between braces (''); write {{ and }} for braces that are text"),
        ("{0}", "no tag's name between braces ('0'); write {{ and }} for braces that are text"),
        ("{serial.__class__}", "only the name of a tag may stand between braces: {serial}"),
        ("{serial[0]}", "only the name of a tag may stand between braces: {serial}"),
        ("{serial!x}", "unknown conversion 'x' at {serial}; !r, !s or !a"),
        ("{serial:d}", "the format 'd' of {serial} is not one for texts"),
        ("{serial:{user}}", "the format of {serial} is not one for texts"),
        ("{serial:99999999}", "the format of {serial} is not one for texts"),
        ("{serial:>9999}" * 105, "the widths of its tags make more than 1,048,576 characters"),
        ("a {serial", "unbalanced brace at line 1, column 3; write {{ and }} for braces that are text"),
        ("a\nbc } d", "unbalanced brace at line 2, column 4; write {{ and }} for braces that are text"),
        ("{{ok}} {", "unbalanced brace at line 1, column 8; write {{ and }} for braces that are text"),
        ("{serial} }", "unbalanced brace at line 1, column 10; write {{ and }} for braces that are text"),
    ],
)
def test_names_the_error(text: str, message: str) -> None:
    """One line says what is wrong, where, and what to write."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - compared in full
        compile_template(text, KNOWN)

    assert str(caught.value) == message
