"""Events out of a file or a pipe."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence

import pytest

from notifier.cli.documents import BATCH, Document, batches, documents


class Pipe:
    """A pipe: each read gives what was written at a time."""

    def __init__(self, *chunks: bytes) -> None:
        self.chunks = list(chunks)

    def read1(self, size: int, /) -> bytes:
        """The next chunk."""
        assert size
        return self.chunks.pop(0) if self.chunks else b""

    def read(self) -> bytes:
        """The rest."""
        rest, self.chunks = b"".join(self.chunks), []
        return rest


def read(raw: bytes) -> list[tuple[int, object]]:
    """Line and content of each document."""
    found = [d for batch in documents(io.BytesIO(raw)) for d in batch]
    return [(d.line, json.loads(d.raw)) for d in found]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'{"id": "a"}', [(1, {"id": "a"})]),
        (b'\xef\xbb\xbf{"id": "a"}', [(1, {"id": "a"})]),
        (b'\n\n{\n  "id": "a"\n}\n', [(3, {"id": "a"})]),
        (b'{"id": 1}\n\n{"id": 2}', [(1, {"id": 1}), (3, {"id": 2})]),
        (b'{\n"id": 1\n}\n{\n"id": 2\n}\n', [(1, {"id": 1}), (4, {"id": 2})]),
        (b'[\n {"id": 1},\n\n {"id": 2}\n]\n', [(2, {"id": 1}), (4, {"id": 2})]),
        (b"[]", []),
        (b"", []),
        (b"\n \n", []),
    ],
)
def test_an_object_an_array_and_json_lines_are_told_apart(raw: bytes, expected: list[tuple[int, object]]) -> None:
    """Whatever the layout, each event comes with the line it begins on."""
    assert read(raw) == expected


@pytest.mark.parametrize(
    ("raw", "lines"),
    [
        (b"garbage", [1]),
        (b'garbage\n{"id": 2}\n', [1, 2]),
        (b'{"id": 1\n{"id": 2}\n', [1, 2]),
        (b'{"id": 1}\n{"id":\n{"id": 3}\n', [1, 2, 3]),
        (b'[{"id": 1},]', [1]),
        (b'[{"id": 1}] x', [1]),
        (b'[{"id": 1}', [1]),
        (b'{\n"id": 1\n', [1]),
        (b'\xff\xfe{"id": 1}', [1]),
        (b"[" * 100_000, [1]),
        (b'{"a":' * 100_000, [1]),
    ],
)
def test_what_is_broken_is_handed_on_as_it_came(raw: bytes, lines: list[int]) -> None:
    """The contract names what is wrong with a text; the lines around it are events of their own."""
    found = [d for batch in documents(io.BytesIO(raw)) for d in batch]

    assert [d.line for d in found] == lines
    if len(found) == 1:
        assert found[0].raw == raw.strip()


def test_json_lines_are_handed_on_while_the_pipe_is_open() -> None:
    """Who follows a log publishes each event when it is written."""
    seen: list[Sequence[Document]] = []
    pipe = Pipe(b'{"id": 1}\n{"id"', b": 2}\n", b'{"id": 3}')

    stream = documents(pipe)
    seen.append(next(stream))

    assert [d.raw for d in seen[0]] == [b'{"id": 1}']
    assert len(pipe.chunks) == 2
    assert [[(d.line, d.raw) for d in batch] for batch in stream] == [[(2, b'{"id": 2}')], [(3, b'{"id": 3}')]]


def test_an_object_cut_by_the_pipe_is_one_event() -> None:
    """A pipe cuts where it likes."""
    found = [d for batch in documents(Pipe(b'{"id', b'": "a', b'"}')) for d in batch]

    assert [d.raw for d in found] == [b'{"id": "a"}']


def test_a_batch_ends_by_number_or_by_size() -> None:
    """Redis is handed 500 events at a time, or fewer when they are large."""
    small = [len(b) for b in batches(range(2 * BATCH + 1), lambda _: 1)]
    large = [len(b) for b in batches(range(5), lambda _: 4 << 20)]

    assert small == [BATCH, BATCH, 1]
    assert large == [2, 2, 1]
