"""YAML that people like to read."""

from __future__ import annotations

import pytest

from notifier.definitions.privacyidea.yamltext import item, scalar


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("relay_main", "relay_main"),
        ("tell the owner", "tell the owner"),
        ("a@example.com", "a@example.com"),
        ("", '""'),
        ("yes", '"yes"'),
        ("Null", '"Null"'),
        ("0049", '"0049"'),
        ("+49 160", '"+49 160"'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        (" a", '" a"'),
        ('say "x"', "'say \"x\"'"),
        ('it\'s "x"', "'it''s \"x\"'"),
        ("a\\b", "'a\\b'"),
        ("a\tb", '"a\\tb"'),
        ("\x85\u2028\ufeff", '"\\x85\\u2028\\ufeff"'),
        (True, "true"),
        (-3, "-3"),
    ],
)
def test_a_value_has_quotes_only_where_it_needs_them(value: str, text: str) -> None:
    """What looks like something else, needs them."""
    assert scalar(value) == text


def test_texts_of_several_lines_stand_as_they_are() -> None:
    """An editor shows them as people wrote them."""
    assert item({"name": "one", "options": {"body": "Hello,\n\n  bye: #1\n", "subject": "a\nb"}}) == [
        "- name: one", "  options:", "    body: |", "      Hello,", "", "        bye: #1", "    subject: |-", "      a",
        "      b",
    ]  # fmt: skip


def test_what_is_invisible_is_spelled_out() -> None:
    """Line by line, still."""
    assert item({"body": "a\r\n  b \n"}) == ['- body: "a\\r\\n\\', '    \\  b \\n"']
