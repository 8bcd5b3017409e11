"""``${env:NAME}``, ``${env:NAME:-default}`` and ``${file:PATH}``: the only way a secret gets into the configuration."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from notifier.definitions.yamlfile import Path_, YamlFile

REFERENCE = re.compile(r"\$\{([^}]*)\}")
FORMS = "${env:NAME}, ${env:NAME:-default} or ${file:PATH}"
#: Keys whose values are secrets, in any case (reference section 5.1).
SECRETS = ("password", "secret")
#: And a value that is one, whatever its key.
_PRIVATE_KEY = "PRIVATE KEY-----"

#: Told the path of a value whose reference leads nowhere, and why.
OnMissing = Callable[[Path_, str], None]


class Unresolved(Exception):
    """A reference that leads nowhere: why, and what to do."""

    def __init__(self, why: str, hint: str, *, elsewhere: bool = False) -> None:
        self.why, self.hint = why, hint
        #: It may be there where the worker runs.
        self.elsewhere = elsewhere
        super().__init__(why)


def resolve(
    file: YamlFile, root: Path, environ: Mapping[str, str], on_missing: OnMissing, *, patient: bool = False
) -> None:
    """Replace the references in all texts of a file; what is wrong with one is recorded, never its value.

    Args:
        file: Whose content is replaced.
        root: What paths are relative to.
        environ: The environment.
        on_missing: Told of each reference that leads nowhere.
        patient: A variable that isn't set is only a warning: secrets belong to the worker's environment, and whoever
            looks at the configuration needn't have them.
    """

    def replace(text: str, path: Path_) -> str:
        try:
            return REFERENCE.sub(lambda match: _look_up(match[1], root, environ), text)
        except Unresolved as error:
            file.problem(path, error.why, error.hint, warning=patient and error.elsewhere)
            file.silence(path)  # an empty text there is no mistake of its own
            on_missing(path, error.why)
            return ""

    def walk(node: Any, path: Path_) -> Any:
        if isinstance(node, dict):
            return {key: walk(value, (*path, key)) for key, value in node.items()}
        if isinstance(node, list):
            return [walk(value, (*path, i)) for i, value in enumerate(node)]
        if isinstance(node, str) and REFERENCE.search(node):
            return replace(node, path)
        if _in_clear(node, path):
            file.problem(path, "a secret stands here in clear", f"write {FORMS}", warning=True)
        return node

    file.content = walk(file.content, ())


def _look_up(reference: str, root: Path, environ: Mapping[str, str]) -> str:
    kind, _, rest = reference.partition(":")
    name, has_default, default = rest.partition(":-") if kind == "env" else (rest, "", "")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*" if kind == "env" else r".+", name) or kind not in ("env", "file"):
        # Not quoted: it may be a secret that looks like a reference.
        raise Unresolved("this is no reference", f"there are {FORMS}")
    if kind == "env":
        if name in environ:
            return environ[name]
        if has_default:
            return default
        hint = f"export {name}=..., or use ${{file:PATH}}"
        raise Unresolved(f"the environment variable {name} is not set", hint, elsewhere=True)
    try:
        return (root / name).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError):  # not UTF-8, or a path no file can have
        raise Unresolved(f"the file {name!r} can't be read", "it must exist and be readable by the worker") from None


def _in_clear(node: Any, path: Path_) -> bool:
    if node is None or node == "" or not path or isinstance(node, bool):
        return False
    if any(word in str(path[-1]).lower() for word in SECRETS) or _PRIVATE_KEY in str(node):
        return True
    try:
        is_url = path == ("redis", "url") or (path[0] == "stores" and path[2:] == ("url",))
        return is_url and bool(urlsplit(str(node)).password)
    except ValueError:
        return False
