"""The conditions, one small object each, by group."""

from __future__ import annotations

from collections.abc import Mapping

from notifier.decide.conditions import container, general, token, user
from notifier.decide.conditions.base import Condition

#: In the order they are looked at: the reference's (section 2.4), group by group.
REGISTRY: Mapping[str, Condition] = {
    c.name: c for c in (*general.CONDITIONS, *user.CONDITIONS, *token.CONDITIONS, *container.CONDITIONS)
}
