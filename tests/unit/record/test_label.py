"""What a delivery's record says in one field is read as if each had its own."""

from __future__ import annotations

from notifier.record.label import handler_of, labelled

NOTHING = {"definition_version": "", "to": "", "handler": "", "of": ""}


def test_the_lines_of_a_label_are_fields() -> None:
    """A definition may have any name, even one of several lines; only what was asked for is answered."""
    fields = {**NOTHING, "of": "d1\nk**@x\ntell\nall"}

    assert labelled(fields) == {**fields, "definition_version": "d1", "to": "k**@x", "handler": "tell\nall"}
    assert labelled({"handler": "", "of": fields["of"]}) == {"handler": "tell\nall", "of": fields["of"]}
    assert handler_of(fields["of"]) == "tell\nall"


def test_a_field_of_its_own_comes_first() -> None:
    """A version that came later, or a record of an earlier layout."""
    assert labelled({**NOTHING, "of": "d1\n\nh", "definition_version": "d2"})["definition_version"] == "d2"
    assert labelled({**NOTHING, "handler": "h"}) == {**NOTHING, "handler": "h"}
