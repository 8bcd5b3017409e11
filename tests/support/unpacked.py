"""Where real servers lie: unpacked beside the checkout's files (`.ci/servers`), or installed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from servers import missing
from waiting import until

UNPACKED = Path(__file__).parents[2] / ".servers"


@dataclass(frozen=True)
class Tree:
    """A file system's root with a server in it."""

    root: Path

    def path(self, name: str) -> str:
        """A file of it."""
        return str(self.root / name)

    @property
    def libraries(self) -> str:
        """For ``LD_LIBRARY_PATH``: what the server needs and the machine may lack."""
        folders = [self.root / "usr/lib/postfix", *sorted((self.root / "usr/lib").glob("*-linux-gnu*"))]
        return ":".join(map(str, folders))

    @property
    def environment(self) -> dict[str, str]:
        """Of its processes: nothing of the tests' own."""
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LD_LIBRARY_PATH": self.libraries, "LANG": "C"}


def tree_of(server: str, *files: str, as_root: bool = False) -> Tree:
    """The tree that has all these files of a server; the test skips, or fails, where there is none."""
    if as_root and os.geteuid() != 0:
        missing(server, "it is started as root")
    roots = (UNPACKED, Path("/"))
    found = next((root for root in roots if all((root / file).exists() for file in files)), None)
    if found is None:
        missing(server, "run .ci/servers")
    return Tree(found)


@contextmanager
def open_folder(name: str) -> Iterator[Path]:
    """A folder that a server's own user may enter, too (pytest's may be root's alone)."""
    place = Path(tempfile.mkdtemp(prefix=f"notifier-{name}-"))
    try:
        place.chmod(0o755)
        yield place
    finally:
        until(lambda: _removed(place))


def _removed(place: Path) -> bool:
    """A server's last child may still write into it."""
    shutil.rmtree(place, ignore_errors=True)
    return not place.exists()
