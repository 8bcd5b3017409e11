"""Reading a gateway's options: any spelling of a name, all that is wrong at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from notifier.configuration import DEFAULT_SMS_TIMEOUT, LONGEST_SMS_TIMEOUT, Secret

SHORTEST_TIMEOUT = 0.05
YES, NO = ("yes", "true", "1", "on"), ("no", "false", "0", "off")


@dataclass(frozen=True, slots=True)
class OptionProblem:
    """What is wrong with one option; `hint` says what to do."""

    #: As the file spells it, or in capitals where it is missing.
    option: str
    message: str
    hint: str = ""
    warning: bool = False


class OptionReader:
    """The options of one gateway. What can't be read is noted in `problems`, and its default is returned."""

    def __init__(self, options: Mapping[str, str]) -> None:
        self._spelt = {name.upper(): name for name in options}
        self._values = {name.upper(): value for name, value in options.items()}
        self._asked: set[str] = set()
        self.problems: list[OptionProblem] = []

    def text(self, name: str, default: str = "", *, required: bool = False) -> str:
        """As written; an empty one counts as absent."""
        self._asked.add(name.upper())
        value = self._values.get(name.upper(), "")
        if required and not value:
            spelt = self._spelt.get(name.upper(), name)
            self.problems.append(OptionProblem(spelt, f"the option {name} is missing"))
        return value or default

    def secret(self, name: str) -> Secret:
        """A text that doesn't show itself."""
        return Secret(self.text(name))

    def flag(self, name: str, *, default: bool) -> bool:
        """Yes or no, in the words of the system taken over or in YAML's."""
        value = self.text(name).strip().lower()
        if value and value not in (*YES, *NO):
            self.wrong(name, "must be yes or no")
        return value in YES if value in (*YES, *NO) else default

    def number(self, name: str, default: float, *, least: float, most: float) -> float:
        """A number within bounds."""
        value = self.text(name)
        try:
            number = float(value) if value else default
        except ValueError:
            number = least - 1
        if least <= number <= most:
            return number
        self.wrong(name, f"must be a number from {least:g} to {most:g}")
        return default

    def timeout(self, default: float = DEFAULT_SMS_TIMEOUT) -> float:
        """``TIMEOUT``, in seconds."""
        return self.number("TIMEOUT", default, least=SHORTEST_TIMEOUT, most=LONGEST_SMS_TIMEOUT)

    def choice(self, name: str, words: Sequence[str], default: str) -> str:
        """One of several words, in any case."""
        value = self.text(name).strip().lower()
        if not value or value in words:
            return value or default
        self.wrong(name, f"must be one of {', '.join(words)}")
        return default

    def wrong(self, name: str, message: str, hint: str = "") -> None:
        """Note that an option's value is no good."""
        self.problems.append(OptionProblem(self._spelt.get(name.upper(), name), f"the option {name} {message}", hint))

    def doubtful(self, name: str, message: str, hint: str = "") -> None:
        """Note that an option hardly does what is meant; it does no harm."""
        spelt = self._spelt.get(name.upper(), name)
        self.problems.append(OptionProblem(spelt, f"the option {name} {message}", hint, warning=True))

    def nothing_else(self) -> None:
        """Warn of options that nobody asked for: a slip of the pen, usually."""
        known = sorted(self._asked)
        for name in self.rest:
            close = get_close_matches(name.upper(), known, n=1, cutoff=0.6)
            hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
            self.problems.append(OptionProblem(name, f"there is no option {name!r}", hint, warning=True))

    @property
    def rest(self) -> tuple[str, ...]:
        """The options that nobody asked for, as the file spells them."""
        return tuple(spelt for name, spelt in self._spelt.items() if name not in self._asked)
