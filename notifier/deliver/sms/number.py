"""The number of a message as a gateway wants it: exactly one, changed by the old ``REGEXP`` (reference section 5.2)."""

from __future__ import annotations

from notifier.errors import PatternTooSlow
from notifier.model import Message
from notifier.outcome import Misconfigured, Outcome, Reason, Rejected
from notifier.pattern import compile_pattern
from notifier.pattern.substitution import parts


def number_of(message: Message, expression: str) -> str | Outcome:
    """The number, or why there is none.

    Args:
        message: To whom.
        expression: The option ``REGEXP``.
    """
    if len(message.to) != 1 or not message.to[0].strip():
        return Rejected(Reason.ADDRESS_INVALID, "an SMS needs exactly one number")
    try:
        return mangle(message.to[0], expression)
    except PatternTooSlow as error:
        return Misconfigured(Reason.PATTERN_TOO_SLOW, f"the option REGEXP: {error.detail}")


def mangle(number: str, expression: str) -> str:
    """Apply ``/PATTERN/REPLACEMENT/``; what isn't of that form, or isn't a regular expression, changes nothing.

    Raises:
        PatternTooSlow: nobody knows the number that is meant; the one at hand would be a wrong one.
    """
    taken = parts(expression)
    if taken is None:
        return number
    pattern, replacement = taken
    try:
        return compile_pattern(pattern).sub(replacement, number)
    except ValueError:
        return number
