"""The page that says how long an SMS is says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from notifier.telephony.measure import measure
from notifier.telephony.transliteration import transliterate

PAGE = Path(__file__).parents[3] / "docs" / "channels" / "sms-texts.md"
ENCODINGS = {"gsm7": "GSM alphabet", "ucs2": "UCS-2"}


def test_the_table_of_texts_is_measured() -> None:
    """Each row: encoding, units, segments, and segments when transliterated."""
    rows = re.findall(r"^\| (\d+ \S [^|]+) \| ([^|]+) \| (\d+) \| (\d+) \| (\d+) \|$", PAGE.read_text(), re.MULTILINE)

    assert len(rows) == 12
    for words, *written in rows:
        text = "".join(character * int(count) for count, character in re.findall(r"(\d+) \S `([^`]+)`", words))
        found, other = measure(text), measure(transliterate(text))
        assert written == [ENCODINGS[found.encoding], *map(str, (found.units, found.segments, other.segments))], words


def test_the_table_of_segments_is_measured() -> None:
    """So many characters fit, and one more doesn't."""
    rows = re.findall(r"^\| (\d+) \| (\d+) \| (\d+) \|$", PAGE.read_text(), re.MULTILINE)

    assert len(rows) == 5
    for segments, *most in rows:
        for count, character in zip(map(int, most), "aя", strict=True):
            assert measure(character * count).segments == int(segments)
            assert measure(character * (count + 1)).segments == int(segments) + 1
