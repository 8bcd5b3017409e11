"""YAML 1.2 with positions: each value knows where it stands, so an error can say so.

Numbers and dates that YAML would rewrite keep the text that stands in the file: ``+49160``, ``0012`` and
``2024-01-01`` are phone numbers, serials and texts here.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar
from ruamel.yaml.constructor import ConstructorError, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError, YAMLWarning
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.reader import ReaderError

from notifier.errors import Problem

Path_ = tuple[str | int, ...]
_HALVES = re.compile("[\ud800-\udfff]")
#: Aliases can make a small file endless; an honest one has some ten thousand values.
MOST_VALUES = 500_000
DEEPEST = 50
#: Tags like !!str.
YAMLS_OWN = ("tag:yaml.org,2002:", "!!")
#: What ruamel lets through for values that aren't what their tag says, beside its own errors.
UNREADABLE = (YAMLError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError, AssertionError)


@dataclass(slots=True)
class YamlFile:
    """One file: its plain content, and where everything in it stands."""

    name: str
    content: Any = None
    _tree: Any = None
    problems: list[Problem] = field(default_factory=list)
    _silenced: set[Path_] = field(default_factory=set)

    @property
    def readable(self) -> bool:
        """It is YAML."""
        return not self.problems or self.content is not None

    @property
    def has_errors(self) -> bool:
        """Something in it, or all of it, can't be understood."""
        return any(not problem.warning for problem in self.problems)

    def position(self, path: Path_, *, key: bool = False) -> tuple[int, int]:
        """Line and column (from 1) of the node at a path, of its key where ``key``; the nearest known one above it."""
        node, line, column = self._tree, 0, 0
        for i, step in enumerate(path):
            wants_key = key and i == len(path) - 1
            try:
                if isinstance(node, CommentedMap):
                    found = _key(node, step)
                    line, column = node.lc.key(found) if wants_key else node.lc.value(found)
                    node = node[found]
                elif isinstance(node, CommentedSeq) and isinstance(step, int):
                    line, column = node.lc.item(step)
                    node = node[step]
                else:
                    break
            except (LookupError, TypeError):  # not there, or merged from elsewhere (<<)
                break
        return line + 1, column + 1

    def problem(
        self, path: Path_, message: str, hint: str = "", *, key: bool = False, warning: bool = False
    ) -> Problem:
        """A problem at a path, recorded."""
        line, column = self.position(path, key=key)
        found = Problem(self.name, line, column, one_line(message), one_line(hint), warning)
        if path not in self._silenced:
            self.problems.append(found)
        return found

    def silence(self, path: Path_) -> None:
        """What is wrong at this path has been said."""
        self._silenced.add(path)


class _Constructor(RoundTripConstructor):
    """ruamel's, but numbers and dates it would rewrite stay texts."""

    def as_written(self, node: ScalarNode) -> Any:
        integer = node.tag == "tag:yaml.org,2002:int"
        try:
            plain = int(self.construct_yaml_int(node)) if integer else float(self.construct_yaml_float(node))
        except (ValueError, LookupError):
            raise ConstructorError(None, None, "this is no number", node.start_mark) from None
        return plain if str(plain) == node.value or not math.isfinite(plain) else node.value

    def date_as_written(self, node: ScalarNode) -> str:
        return str(node.value)


_Constructor.add_constructor("tag:yaml.org,2002:int", _Constructor.as_written)
_Constructor.add_constructor("tag:yaml.org,2002:float", _Constructor.as_written)
_Constructor.add_constructor("tag:yaml.org,2002:timestamp", _Constructor.date_as_written)


def one_line(text: str) -> str:
    """Names may hold line breaks; an error has one line."""
    return " ".join(text.split())


def unreadable(name: str, why: str | None, line: int = 1, column: int = 1) -> YamlFile:
    """A file (or a folder) whose bytes can't be had."""
    return YamlFile(name, problems=[Problem(name, line, column, f"can't be read: {why or 'an error'}")])


def read(root: Path, name: str) -> YamlFile:
    """Read ``root/name``; what is wrong with it is in `YamlFile.problems`."""
    try:
        return parse(name, (root / name).read_bytes())
    except OSError as error:
        return unreadable(name, error.strerror)


def parse(name: str, raw: bytes) -> YamlFile:
    """A file of these bytes; what is wrong with it is in `YamlFile.problems`."""
    found = YamlFile(name)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        return unreadable(name, "it is not UTF-8", *_place(before, len(before)))
    yaml = YAML(typ="rt")
    yaml.version = (1, 2)
    yaml.Constructor = _Constructor
    try:
        with warnings.catch_warnings():
            # ruamel quotes the file on standard error for what YAML 1.2 allows (an anchor used again).
            warnings.simplefilter("ignore", YAMLWarning)
            found._tree = yaml.load(text)  # noqa: SLF001 - being built
        plain = _Plain()
        found.content = plain.of(found._tree, ())  # noqa: SLF001
        for path in plain.tagged:
            found.problem(path, "unknown tag", "a text that begins with ! needs quotes")
        for path in plain.halved:
            found.problem(path, "half a character (\\ud800 to \\udfff)", "write the character itself, or \\U0001F600")
    except RecursionError:
        found.problems.append(Problem(name, 1, 1, "not YAML: nested too deeply"))
    except UNREADABLE as error:
        found.problems.append(_syntax(name, text, error))
    return found


def _syntax(name: str, text: str, error: Exception) -> Problem:
    if isinstance(error, ReaderError) and isinstance(error.character, int):
        message = f"not YAML: the character U+{error.character:04X} may not stand here"
        return Problem(name, *_place(text, error.position), message)
    if not isinstance(error, MarkedYAMLError):
        return Problem(
            name, 1, 1, f"not YAML: {error if isinstance(error, TooMuch) else 'a value is not what its tag says'}"
        )
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    words = one_line(error.problem or error.context or "something is wrong")
    if "duplicate key" in words:
        # Behind it stand both values, and they may be secrets.
        return Problem(name, line, column, words.split(" with value")[0], "each key may stand once")
    if "undefined alias" in words:
        # Its name may be a password that begins with an asterisk.
        return Problem(name, line, column, "not YAML: unknown alias", "a text that begins with * needs quotes")
    return Problem(name, line, column, f"not YAML: {words}")


def _place(text: str, position: int) -> tuple[int, int]:
    before = text[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1


def _key(node: CommentedMap, step: str | int) -> Any:
    """The key as the tree has it: ours are texts, a realm may be called 2024."""
    return step if step in node else next((key for key in node if str(key) == step), step)


class TooMuch(ValueError):
    """More than a configuration ever holds."""


class _Plain:
    """The tree without its positions, within limits."""

    def __init__(self) -> None:
        self._left = MOST_VALUES
        #: Where a tag stands that we don't know.
        self.tagged: list[Path_] = []
        #: Where a text holds half a character.
        self.halved: list[Path_] = []

    def of(self, node: Any, path: Path_) -> Any:
        self._left -= 1
        if self._left < 0:
            raise TooMuch("too many values; aliases (*name) multiply them")
        if len(path) > DEEPEST:
            raise TooMuch("nested too deeply; does an alias (*name) contain itself?")
        if isinstance(node, Mapping):
            return {str(key): self.of(value, (*path, str(key))) for key, value in node.items()}
        if isinstance(node, list):
            return [self.of(item, (*path, i)) for i, item in enumerate(node)]
        if isinstance(node, bool) or node is None:
            return node
        if isinstance(node, int):
            return int(node)
        if isinstance(node, float):
            return float(node)
        if isinstance(node, TaggedScalar) and not str(node.tag).startswith(YAMLS_OWN):
            self.tagged.append(path)
        return self._text(str(node), path)

    def _text(self, text: str, path: Path_) -> str:
        r"""In JSON's spelling ``\ud83d\ude00`` is one character, and many write YAML by that rule."""
        if text.isascii() or not _HALVES.search(text):
            return text
        joined = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if "\ufffd" in joined and "\ufffd" not in text:
            self.halved.append(path)
        return joined
