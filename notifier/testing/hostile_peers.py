"""The page docs/hostile-peers.md: every personality and the outcome it gets.

``make reference`` writes it anew.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from notifier.testing.http_personalities import HTTP_PERSONALITIES, HttpPersonality
from notifier.testing.smtp_personalities import SMTP_PERSONALITIES, SmtpPersonality

_TOP = """# Hostile peers

What a mail server or an SMS gateway may do, and what a delivery over it comes to. Each row is a personality of the
[fault kit](testing.md) and is played against the real providers by `tests/contract/deliver/test_hostile_smtp.py` and
`test_hostile_http.py`, which print this table with what they saw. After each of them the next message goes through on
the same provider, no secret is in its outcome, and none holds a worker for longer than two time-outs a reply.

*Unsure* is what nobody can know: the message was handed over and no answer came. `on_unsure` of the definition decides
whether it is sent again. *misconfigured* and *throttled* use up no attempt.

This page is generated: `make reference`.
"""


def page() -> str:
    """The page as it should be."""
    parts = (
        _TOP,
        f"## SMTP servers ({len(SMTP_PERSONALITIES)})\n",
        *_table(SMTP_PERSONALITIES.values()),
        f"\n## SMS gateways over HTTP ({len(HTTP_PERSONALITIES)})\n",
        *_table(HTTP_PERSONALITIES.values()),
    )
    return "\n".join(parts) + "\n"


def _table(personalities: Iterable[SmtpPersonality | HttpPersonality]) -> Iterable[str]:
    yield "| personality | what it does | outcome | reason |"
    yield "|---|---|---|---|"
    for one in personalities:
        yield f"| `{one.name}` | {one.does} | {one.kind.kind} | `{one.reason}` |"


if __name__ == "__main__":
    sys.stdout.write(page())
