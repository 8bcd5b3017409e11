"""Events of every shape: each fact may be missing, or nonsense of its type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, get_args, get_origin, get_type_hints

from hypothesis import strategies as st


@dataclass(frozen=True)
class Nonsense:
    """What facts are made of."""

    #: Texts.
    words: st.SearchStrategy[str]
    #: Where any JSON value may stand.
    values: st.SearchStrategy[Any]
    #: Mappings of attributes.
    info: st.SearchStrategy[dict[str, Any]]

    def built(self, kind: type) -> st.SearchStrategy[Any]:
        """A part of an event."""
        hints = get_type_hints(kind)
        return st.builds(kind, **{field.name: st.none() | self._of(hints[field.name]) for field in fields(kind)})

    def _of(self, hint: Any) -> st.SearchStrategy[Any]:
        """Facts of one type."""
        plain = {str: self.words, int: st.integers(), bool: st.booleans(), Any: self.values}
        arguments = [a for a in get_args(hint) if a not in (type(None), Ellipsis)]
        if hint in plain:
            return plain[hint]
        if get_origin(hint) is tuple:
            return st.lists(self._of(arguments[0]), max_size=2).map(tuple)
        if get_origin(hint) is Mapping:
            return self.info if int not in arguments else st.dictionaries(self.words, st.integers(), max_size=2)
        if arguments:
            return st.one_of(*map(self._of, arguments))
        return st.deferred(lambda: self.built(hint))
