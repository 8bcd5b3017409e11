"""Where a condition says its fact stands, it looks, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from places import only, steps, without

from notifier.decide.conditions import REGISTRY
from notifier.decide.conditions.base import TYPES
from notifier.decide.verdict import Truth
from notifier.eventhandler.sample import FULL, sample
from notifier.model import Facts

#: The sample has the facts that the examples ask for.
KNOWN = replace(
    FULL,
    tokenowner=replace(FULL.tokenowner, info={"department": "sales"}),
    token=replace(FULL.token, info={"class": "vip"}),
    container=replace(FULL.container, info={"registration_state": "registered"}),
    counters={"enrolments": 4},
    response=replace(FULL.response, detail={**FULL.response.detail, "error": {"message": "it does not exist"}}),
)
#: With these known, an absent one says something: only without what they belong to nobody knows.
ABSENT_IS_KNOWN = {
    "last_auth", "token_is_in_container", "container_last_authentication", "container_last_synchronization",
    "token_validity_period", "user_info", "tokeninfo", "container_info", "counter",
}  # fmt: skip


def look(name: str, facts: Facts) -> tuple[Truth, str | None]:
    condition = REGISTRY[name]
    return condition.compile(condition.example)(sample(facts, "token_init"))


@pytest.mark.parametrize("name", REGISTRY)
def test_no_other_place_counts(name: str) -> None:
    """An event with nothing but the places named is as good as one with everything."""
    result = look(name, KNOWN)

    assert result[0] is not Truth.UNKNOWN
    assert look(name, only(KNOWN, steps(REGISTRY[name].places))) == result


@pytest.mark.parametrize("name", REGISTRY)
def test_without_its_places_the_fact_is_not_known(name: str) -> None:
    """Where nothing stands at the places, the condition is unknown, or its remark says what that means."""
    facts = KNOWN
    for path in steps(REGISTRY[name].places):
        facts = without(facts, path[:1] if name in ABSENT_IS_KNOWN else path)

    assert look(name, facts)[0] is Truth.UNKNOWN
    assert REGISTRY[name].remark or name not in ABSENT_IS_KNOWN


@pytest.mark.parametrize("name", REGISTRY)
def test_types_are_explained(name: str) -> None:
    """How its value is written is told somewhere."""
    assert REGISTRY[name].type in TYPES
