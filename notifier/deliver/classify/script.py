"""Exit codes of a script to outcomes: those of sysexits.h where they say something, and 0."""

from __future__ import annotations

from collections.abc import Mapping

from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason, Rejected, Unsure

#: What the message or its recipient can't help.
REJECTED: Mapping[int, Reason] = {
    65: Reason.CONTENT_REFUSED,  # EX_DATAERR
    67: Reason.MAILBOX_UNAVAILABLE,  # EX_NOUSER
}
#: Nobody's message would fare better: EX_UNAVAILABLE.
UNAVAILABLE = 69
#: EX_USAGE, EX_NOPERM and EX_CONFIG; a shell's "can't be run" and "not found".
MISCONFIGURED = (64, 77, 78, 126, 127)


def classify(code: int | None, words: str, timeout: float) -> Outcome:
    """The outcome.

    Any other code is transient: a script that says no more than "failed" (1) has usually met a network, and a dead
    letter at once can't be taken back by an hour of better weather.

    Args:
        code: The exit code; a signal less than 0; None where the script was ended.
        words: What it said, scrubbed.
        timeout: How long (seconds) it had.
    """
    if code is None:
        return Unsure(Reason.NO_ANSWER, f"the script was ended after {timeout:g} s")
    if code < 0:
        return Unsure(Reason.UNEXPECTED_ANSWER, f"the script was killed by signal {-code}")
    detail = f"exit {code}: {words}" if words else f"exit {code}"
    if code == 0:
        return Accepted(detail)
    if code in REJECTED:
        return Rejected(REJECTED[code], detail)
    if code in MISCONFIGURED:
        return Misconfigured(Reason.PROVIDER_BROKEN, detail)
    return Deferred(Reason.TEMPORARY_FAILURE, detail, provider_failed=code == UNAVAILABLE)
