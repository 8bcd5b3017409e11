"""Whatever stands in a configuration: values or problems, one line each, never an exception, never a secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifier.definitions.load import FILES, load
from notifier.definitions.schema import Definition, DirectoryFile, NotifierFile, SmsGatewayEntry, SmtpServerEntry

MODELS = (Definition, DirectoryFile, NotifierFile, SmsGatewayEntry, SmtpServerEntry)
KEYS = sorted({key for model in MODELS for key in model.model_fields} | {"mail", "first", "URL", "0", "x y"})
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["10s", "9" * 40 + "d", "${env:X}", "${file:../..}", "${", "True", "post", "a,b", "smtps://h:1"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=25,
)
#: Pieces of YAML in an order nobody would write.
PIECES = st.lists(
    st.sampled_from(
        "- |? |: |, |[|]|{|}|&a |*a|!!int |!!bool |!!binary |!x |<<: |key|'|\"|\n|\n  |---\n|...\n|%YAML 1.1\n|| >-\n"
        "|# |\t|0x1F|+1|1e400|.nan|2024-01-01|~|true|${env:X}|\\x|@|`|\ufeff|\x85".split("|")
    ),
    max_size=30,
).map("".join)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration directory that each example writes anew."""
    found = tmp_path_factory.mktemp("config")
    (found / "handlers").mkdir()
    return found


def check(root: Path, content: bytes, environ: Mapping[str, str] | None = None) -> None:
    """Load these bytes as each of the files."""
    for name in ("handlers/x.yaml", *FILES):
        (root / name).write_bytes(content)

    configuration = load(root, environ or {})

    for problem in configuration.problems:
        assert str(problem).isprintable()
        assert problem.line >= 1
        assert problem.column >= 1
        assert problem.message
    for server in configuration.smtp_servers.values():
        assert server.host or server.broken


common = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)


@common
@given(content=st.binary(max_size=200))
def test_any_bytes(root: Path, content: bytes) -> None:
    """Not even UTF-8."""
    check(root, content)


@common
@given(content=PIECES)
def test_any_pieces_of_yaml(root: Path, content: str) -> None:
    """Tags, anchors, merges, directives and quotes in any order."""
    check(root, content.encode())


@common
@given(value=VALUES)
def test_any_values_under_our_keys(root: Path, value: Any) -> None:
    """The right keys with any kind of value."""
    check(root, json.dumps([value]).encode())
    check(root, json.dumps(value).encode())
    check(root, json.dumps({"relay1": value, "stores": {"s": value}, "retry": value}).encode())


@common
@given(key=st.sampled_from(KEYS), value=st.text(min_size=6, alphabet="QZ", max_size=12))
def test_a_secret_is_never_repeated(root: Path, key: str, value: str) -> None:
    """Neither by a problem nor by the repr of what was loaded."""
    entry = {"server": "h", "password": "${env:PW}", key: [["${env:PW}"]], "options": {"PASSWORD": "${env:PW}"}}
    for name in ("handlers/x.yaml", *FILES):
        (root / name).write_text(json.dumps({"relay1": entry}))
    (root / "handlers" / "x.yaml").write_text("[]")

    configuration = load(root, {"PW": value})

    assert value not in repr(configuration.smtp_servers) + repr(configuration.sms_gateways)
    assert value not in "".join(map(str, configuration.problems))
