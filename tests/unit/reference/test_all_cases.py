"""Every case of the reference, section 7, has a test of its number, or a reason here why it can't have one.

A case's number stands in a test function's name (``test_49_50_...``) or begins a row's id (``62-...``, or the first
argument of `case`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
CASES = range(1, 115)
#: Cases without a test, and why.
WITHOUT_TEST: Mapping[int, str] = {}
#: What of a tested case is decided otherwise here (reference section 10 and the design). The case's tests say it too.
DIFFERENCES: Mapping[int, str] = {
    4: "There is no update call: a file is the whole truth, whatever it said before.",
    5: "There is no REST API: `active` in the file switches a definition, and an unknown id can't be written.",
    6: "Conditions that are no mapping are an error with its place, by `check`; the event becomes a dead letter.",
    7: "An unknown event is a warning; an unknown action or position is an error, as an unknown handler module is.",
    12: "`abort_on_error` is read and means nothing: the request is over when its event is evaluated.",
    13: "A `pre` event tells of what is about to happen; nothing here can keep it from happening.",
    15: "There is no audit: what can't be recorded stays in the stream until it can.",
    17: "The importer goes by name: an id overwrites nothing, and the obsolete `condition` may be missing.",
    22: "Several addresses get one message each, trimmed; `together` sends one message to all.",
    23: "An unknown or mailless admin is a skip, not an attempt to nobody.",
    29: "An unknown type of recipient is an error of the definition.",
    30: "An empty or missing address is a skip with its reason.",
    31: "The refused are told apart from the accepted: each recipient has a delivery of its own.",
    42: "Nothing is escaped in a subject, for it is a text.",
    43: "An unknown tag is found by `check`; its event becomes a dead letter.",
    44: "A value that isn't known prints an empty text.",
    45: "A body file that can't be read is an error; its path is never mailed.",
    48: "There are no webhook and logging handlers; the tags are the same.",
    52: "A name that leads out of the spool directory is a dead letter, not a line in a log.",
    53: "A directory that can't be written is tried again until the deadline.",
    55: "A gateway that fails is tried again; what it raises ends at the desk.",
    56: "Of a list of numbers the first is used.",
    68: "Whether an owner can be resolved is the event's fact, not looked up.",
    78: "`{now}` is replaced as plain text, so other braces are just braces; the importer makes doubled ones single.",
    81: "An invalid entry is an error by `check`.",
    85: "Open challenges concern only definitions with a challenge condition.",
    95: "An unknown condition is an error with a suggestion.",
    98: "A date without zone is in UTC, so zones never clash.",
    99: "An invalid pattern is an error by `check`.",
    102: "A server without STARTTLS pauses its queue and tells the operator.",
    106: "The deliveries of an unknown server wait until it is configured.",
    107: "Everything is queued; `enqueue_job` is read and means nothing.",
    108: "Secrets are references; nothing is updated, imported or exported.",
    112: "Secrets are references, so nothing is encrypted in the file and no placeholder is needed.",
    113: "A fault in sipgate's answer and a missing script are failures; exit codes and statuses say whether for good.",
    114: "Outcomes are values: a refusal is one, and so becomes whatever a provider raises.",
}


def test_every_case_is_tested_or_says_why_not() -> None:
    """No number is forgotten, and none is both tested and excused."""
    tested = {number for file in TESTS.rglob("test_*.py") for number in numbers(file.read_text(encoding="utf-8"))}

    assert sorted(set(CASES) - tested) == sorted(WITHOUT_TEST)
    assert tested <= set(CASES)


@pytest.mark.parametrize("table", [WITHOUT_TEST, DIFFERENCES], ids=["without test", "differences"])
def test_every_reason_is_a_sentence_about_a_case(table: Mapping[int, str]) -> None:
    """The tables have no number beyond the reference's, in order, each with one line."""
    assert set(table) <= set(CASES)
    assert list(table) == sorted(table)
    assert all(reason.endswith(".") and len(reason) < 120 for reason in table.values())


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def test_49_50_picture(): ...", {49, 50}),
        ("class Test:\n def test_7(self): ...", {7}),
        ("def test_the_51_of_them(): ...\n# test_52_comment\nx = 'test_53_text'", set()),
        ("ROWS = [case('62', 'realm'), case('2.3', 'serial'), other('63')]", {62}),
        ("pytest.param(1, id='81-invalid'), pytest.param(1, id='82 apples'), pytest.param('83-x')", {81}),
        ("parametrize('x', [1, 2], ids=['84-one', 'two'])", {84}),
    ],
)
def test_numbers_are_found_where_they_count(source: str, found: set[int]) -> None:
    """In names and row ids; not in comments, nor in texts."""
    assert set(numbers(source)) == found


def numbers(source: str) -> Iterator[int]:
    """The cases a test module has tests of."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            name = re.match(r"test((?:_\d+)+)(?:_|$)", node.name)
            yield from map(int, name[1].strip("_").split("_") if name else ())
        elif isinstance(node, ast.Call):
            yield from map(int, _rows(node))


def _rows(call: ast.Call) -> Iterator[str]:
    """Numbers of table rows: `case("62", ...)`, ``id="62-..."``, ``ids=["62-...", ...]``."""
    if isinstance(call.func, ast.Name) and call.func.id == "case" and call.args:
        yield from _leading(call.args[0], r"\d+")
    for keyword in call.keywords:
        if keyword.arg == "id":
            yield from _leading(keyword.value, r"(\d+)-.*")
        elif keyword.arg == "ids" and isinstance(keyword.value, ast.List | ast.Tuple):
            for element in keyword.value.elts:
                yield from _leading(element, r"(\d+)-.*")


def _leading(node: ast.expr, pattern: str) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        found = re.fullmatch(pattern, node.value)
        if found:
            yield found[found.re.groups]
