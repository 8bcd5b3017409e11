from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from notifier.model import digest

PARTS = st.lists(st.text(st.characters(codec="ascii")) | st.text(st.characters(codec="utf-8")), max_size=4)


@given(PARTS)
def test_an_id_is_of_the_octets_of_its_parts(parts: list[str]) -> None:
    """Ids that are in records, and in mails that were sent, stay what they are: each behind its length."""
    joined = b"".join(b"%d:%b" % (len(part.encode()), part.encode()) for part in parts)

    assert digest(*parts) == hashlib.blake2s(joined, digest_size=13).hexdigest()
