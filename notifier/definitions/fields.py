"""The kinds of values in the configuration, for pydantic: durations, old booleans, lists, texts.

A ``ValueError`` completes the sentence that begins with the key: ``'retention' must be a duration``.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

from notifier.configuration import Rate, SmtpAuth, Tls

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
#: Longer is a slip of the pen, and soon more than a date can hold.
LONGEST = timedelta(days=36500)
TRUE = ("true", "1")
FALSE = ("false", "0", "")
#: The system taken over knows only yes and no (reference section 4.1).
OLD_TLS = {"true": Tls.STARTTLS, "1": Tls.STARTTLS, "false": Tls.NONE, "0": Tls.NONE, "": Tls.AUTO}


def duration(value: Any) -> Any:
    """``10s``, ``5m``, ``2h``, ``1d``."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        raise ValueError("needs a unit: 10s, 5m, 2h or 1d")  # noqa: TRY004 - pydantic collects ValueErrors
    match = re.fullmatch(r"(\d{1,30}(?:\.\d{1,6})?)\s*([smhd])", value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("must be a duration: 10s, 5m, 2h or 1d")
    seconds = float(match[1]) * UNITS[match[2]]
    if seconds > LONGEST.total_seconds():
        raise ValueError(f"must be {LONGEST.days}d or less")
    return timedelta(seconds=seconds)


def rate(value: Any) -> Any:
    """``10/s``, ``100/m``, ``5/10m``."""
    if isinstance(value, Rate):
        return value
    match = re.fullmatch(r"(\d{1,9})\s*/\s*(\d{0,6})\s*([smhd])", value.strip()) if isinstance(value, str) else None
    if match is None or not int(match[1]) or not int(match[2] or 1):
        raise ValueError("must be a number in a time: 10/s, 100/m, 5000/h or 5/10m")
    period = timedelta(seconds=int(match[2] or 1) * UNITS[match[3]])
    if period > timedelta(days=31):
        raise ValueError("counts over 31d at most")
    return Rate(int(match[1]), period)


def rates(given: Any) -> Any:
    """One rate or several, as a list or separated by commas; the fastest first."""
    if given is None or given == "":
        return ()
    items = given.split(",") if isinstance(given, str) else given
    if not isinstance(items, (list, tuple)):
        raise ValueError("must be a number in a time: 10/s, 100/m, 5000/h or 5/10m")  # noqa: TRY004 - as above
    found = sorted({rate(item) for item in items}, key=lambda r: (-r.per_second, r.period))
    budgets = [item.period for item in found[1:]]
    if len(set(budgets)) < len(budgets):
        raise ValueError("has two rates for the same time; the slower one is meant")
    return tuple(found)


def seconds(value: Any) -> Any:
    """A number of seconds, as the system taken over has it, or a duration."""
    if isinstance(value, bool):
        raise ValueError("must be a number of seconds or a duration")  # noqa: TRY004 - pydantic collects ValueErrors
    if isinstance(value, str) and value.strip()[-1:] in UNITS:
        return duration(value).total_seconds()
    return value


def whole(value: Any) -> Any:
    """A whole number; true is none, whatever Python thinks."""
    if isinstance(value, bool):
        raise ValueError("must be a whole number, not true or false")  # noqa: TRY004 - pydantic collects ValueErrors
    return value


def boolean(value: Any) -> Any:
    """YAML's, or the old texts."""
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    raise ValueError("must be true or false")


def text(value: Any) -> Any:
    """A scalar as a text: ``True`` as the old module wrote it, 5 as ``5``."""
    if value is None:
        return ""
    if isinstance(value, (str, bool, int, float)):
        return str(value)
    raise ValueError(f"must be a text, not {kind(value)}")


def value(given: Any) -> Any:
    """A text, or the items of a list of texts."""
    if isinstance(given, list):
        return tuple(text(item) for item in given)
    return text(given)


def names(given: Any) -> Any:
    """A YAML list or the old comma-separated text, also as an item; blanks around names don't count."""
    items = [given] if isinstance(given, str) else given
    if not isinstance(items, (list, tuple)) or not all(isinstance(item, str) for item in items):
        raise ValueError("must be a list of names, or names separated by commas")
    return tuple(word for item in items for part in item.split(",") if (word := part.strip()))


def tls(given: Any) -> Any:
    """One of `Tls`, or the old boolean."""
    word = str("" if given is None else given).strip().lower()
    if word in OLD_TLS:
        return OLD_TLS[word]
    try:
        return Tls(word)
    except ValueError:
        raise ValueError("must be auto, none, starttls or implicit (or the old true, false)") from None


def auth(given: Any) -> Any:
    """One of `SmtpAuth`, in any case."""
    word = str("" if given is None else given).strip().lower().replace("_", "-")
    try:
        return SmtpAuth(word or "auto")
    except ValueError:
        raise ValueError(f"must be one of {', '.join(SmtpAuth)}") from None


def arguments(given: Any) -> Any:
    """A program and its arguments, as they are: no shell reads them."""
    if isinstance(given, (list, tuple)) and given:
        return tuple(text(item) for item in given)
    raise ValueError("must be a list: the program, then each of its arguments")


def kind(value: object) -> str:
    """What a value is, in an administrator's words; never the value itself, it may be a secret."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "a mapping" if isinstance(value, dict) else "a list"


Duration = Annotated[timedelta, BeforeValidator(duration)]
OneRate = Annotated[Rate, BeforeValidator(rate)]
Rates = Annotated[tuple[Rate, ...], BeforeValidator(rates)]
Seconds = Annotated[float, BeforeValidator(seconds)]
Whole = Annotated[int, BeforeValidator(whole)]
Boolean = Annotated[bool, BeforeValidator(boolean)]
Text = Annotated[str, BeforeValidator(text)]
TextOrList = Annotated[str | tuple[str, ...], BeforeValidator(value)]
Names = Annotated[tuple[str, ...], BeforeValidator(names)]
TlsMode = Annotated[Tls, BeforeValidator(tls)]
Auth = Annotated[SmtpAuth, BeforeValidator(auth)]
Arguments = Annotated[tuple[str, ...], BeforeValidator(arguments)]
