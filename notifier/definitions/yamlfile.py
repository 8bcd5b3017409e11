"""YAML 1.2 with positions: each value knows where it stands, so an error can say so."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from notifier.errors import Problem

REFERENCE = re.compile(r"\$\{(env|file):([^}]*)\}")
Path_ = tuple[str | int, ...]


@dataclass(slots=True)
class YamlFile:
    """One file: its plain content, and where everything in it stands."""

    name: str
    content: Any = None
    _tree: Any = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def readable(self) -> bool:
        """It is YAML."""
        return not self.problems or self.content is not None

    def position(self, path: Path_, *, key: bool = False) -> tuple[int, int]:
        """Line and column (from 1) of the node at a path, of its key where ``key``; the nearest known one above it."""
        node, line, column = self._tree, 0, 0
        for i, step in enumerate(path):
            last = i == len(path) - 1
            if isinstance(node, CommentedMap) and step in node:
                line, column = node.lc.key(step) if key and last else node.lc.value(step)
                node = node[step]
            elif isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
                line, column = node.lc.item(step)
                node = node[step]
            else:
                break
        return line + 1, column + 1

    def problem(
        self, path: Path_, message: str, hint: str = "", *, key: bool = False, warning: bool = False
    ) -> Problem:
        """A problem at a path, recorded."""
        line, column = self.position(path, key=key)
        found = Problem(self.name, line, column, message, hint, warning)
        self.problems.append(found)
        return found


def read(root: Path, name: str) -> YamlFile:
    """Read ``root/name``; what is wrong with it is in `YamlFile.problems`."""
    found = YamlFile(name)
    try:
        text = (root / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        found.problems.append(Problem(name, 1, 1, f"can't be read: {reason}"))
        return found
    yaml = YAML(typ="rt")
    yaml.version = (1, 2)
    try:
        found._tree = yaml.load(text)  # noqa: SLF001 - being built
        found.content = _plain(found._tree)  # noqa: SLF001
    except MarkedYAMLError as error:
        found.problems.append(_syntax_problem(name, error))
    except (YAMLError, ValueError, RecursionError, TypeError) as error:
        message = str(error).strip().splitlines() or [type(error).__name__]
        found.problems.append(Problem(name, 1, 1, f"not YAML: {message[0]}"))
    return found


def _syntax_problem(name: str, error: MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    words = (error.problem or error.context or "not YAML").splitlines()[0]
    if "duplicate key" in words:
        return Problem(name, line, column, words.split(" with value")[0], "each key may stand once")
    return Problem(name, line, column, f"not YAML: {words}")


def _plain(node: Any) -> Any:
    """The tree without its positions."""
    if isinstance(node, Mapping):
        return {key if isinstance(key, str) else str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if isinstance(node, str):
        return str(node)
    if isinstance(node, bool) or node is None:
        return node
    if isinstance(node, int):
        return int(node)
    if isinstance(node, float):
        return float(node)
    return str(node)


def resolve(file: YamlFile, root: Path, environ: Mapping[str, str], on_missing: Callable[[Path_, str], None]) -> None:
    """Replace ``${env:NAME}``, ``${env:NAME:-default}`` and ``${file:PATH}`` in all texts of a file.

    ``on_missing`` is told the path of a value whose reference leads nowhere, and why; the problem is recorded.
    """

    def replace(text: str, path: Path_) -> str:
        def look(match: re.Match[str]) -> str:
            kind, name = match.groups()
            name, _, default = name.partition(":-") if kind == "env" else (name, "", "")
            if kind == "env":
                if name in environ:
                    return environ[name]
                if ":-" in match.group():
                    return default
                missing(
                    path, f"the environment variable {name} is not set", f"export {name}=..., or use ${{file:PATH}}"
                )
                return ""
            try:
                return (root / name).read_text(encoding="utf-8").rstrip("\r\n")
            except (OSError, UnicodeDecodeError):
                missing(path, f"the file {name} can't be read", "it must exist and be readable by the worker")
                return ""

        return REFERENCE.sub(look, text)

    def missing(path: Path_, message: str, hint: str) -> None:
        file.problem(path, message, hint)
        on_missing(path, message)

    def walk(node: Any, path: Path_) -> Any:
        if isinstance(node, dict):
            return {key: walk(value, (*path, key)) for key, value in node.items()}
        if isinstance(node, list):
            return [walk(value, (*path, i)) for i, value in enumerate(node)]
        return replace(node, path) if isinstance(node, str) and "${" in node else node

    file.content = walk(file.content, ())
