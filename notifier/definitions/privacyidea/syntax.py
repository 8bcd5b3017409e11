"""The bytes of an export as plain values: JSON, YAML, or the Python literal that older releases wrote."""

from __future__ import annotations

import ast
import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from notifier.definitions.yamlfile import read
from notifier.errors import NotifierError

#: The largest installations have some thousand definitions of some thousand characters.
LARGEST = 8 * 1024 * 1024
#: Reading YAML takes some seconds a megabyte.
LARGEST_YAML = 4 * 1024 * 1024
DEEPEST = 30
EXPECTED = "what `pi-manage config export -t event -t smtpserver -t smsgateway` writes, or a list of definitions"


class NotAnExport(NotifierError):
    """This is no export of privacyIDEA."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}; expected is {EXPECTED}")


def parse(raw: bytes) -> Any:
    """Mappings with text keys, lists, texts, numbers, true, false and None; nothing else.

    Raises:
        NotAnExport: the bytes are none of the three, or too many.
    """
    if len(raw) > LARGEST:
        raise NotAnExport(f"this is larger than {LARGEST // 1024 // 1024} MB")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotAnExport("this is not UTF-8") from None
    if not text.strip():
        raise NotAnExport("this is empty")
    try:
        return _plain(_values(text), 0)
    except RecursionError:
        raise NotAnExport("this is nested too deeply") from None


def _values(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        pass
    if text.lstrip()[:1] in "[{(":
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about backslashes
                return ast.literal_eval(text.strip())
        except (ValueError, SyntaxError, TypeError, MemoryError):
            pass
    return _yaml(text)


def _yaml(text: str) -> Any:
    if len(text) > LARGEST_YAML:
        raise NotAnExport(f"this is no JSON, and for YAML larger than {LARGEST_YAML // 1024 // 1024} MB")
    with TemporaryDirectory() as folder:
        (Path(folder) / "export").write_text(text, encoding="utf-8")
        file = read(Path(folder), "export")
    if file.content is None and file.problems:
        problem = file.problems[0]
        raise NotAnExport(f"this is neither JSON nor YAML (line {problem.line}: {problem.message})")
    return file.content


def _plain(node: Any, depth: int) -> Any:
    if depth > DEEPEST:
        raise NotAnExport("this is nested too deeply")
    if isinstance(node, Mapping):
        return {_text(str(key)): _plain(value, depth + 1) for key, value in node.items()}
    if isinstance(node, (list, tuple, set, frozenset)):
        return [_plain(item, depth + 1) for item in node]
    if node is None or isinstance(node, (bool, int, float)):
        return node
    return _text(node.decode("utf-8", "replace") if isinstance(node, bytes) else str(node))


def _text(text: str) -> str:
    """Halves of a character, which JSON can spell, are no text."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
