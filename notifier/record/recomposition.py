"""What becomes of reopened letters: which of today's deliveries is whose new text, and what the others are told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from notifier.model import Delivery, delivery_id
from notifier.outcome import Reason
from notifier.record.outbox import Failure, Plan
from notifier.record.reopening import Ended, Ending, Letter, Reopening

#: A definition, and the member of a realm (or none).
Whom = tuple[str, str]
_WHAT_NOW = {
    True: "`dead replay` without --recompose sends the old text, `dead discard` gives it up",
    False: "mend the definition and replay it, or discard it",
}


@dataclass(slots=True)
class Recomposition:
    """One event's letters meeting today's deliveries.

    A letter is the same letter when its delivery has the same id; else the same member of the realm, at whatever
    address; else, among those whom the definition itself names, the same place, where as many are new as are missing.
    Mails to several together are told apart by their numbers, which say nothing of who is in which: with more than one
    of them, then or now, a letter goes to its own people or to nobody.
    """

    reopening: Reopening
    plan: Plan
    #: Whom they are for → composed letters that have no new text yet, by their ids.
    _open: dict[Whom, dict[str, Letter]] = field(init=False)
    #: By definition, the letter that stands for all of it.
    _failed: dict[str, Letter] = field(init=False)
    #: Deliveries that aren't in the record, and may be an open letter's.
    _kept: dict[Whom, list[Delivery]] = field(default_factory=dict)
    #: By definition, its mails for several together.
    _parts: dict[str, list[Delivery]] = field(default_factory=dict)
    #: Definitions that make something of the event.
    _making: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._open = {}
        for letter in self.reopening.letters:
            if letter.composed:
                self._open.setdefault((letter.handler, letter.member), {})[letter.id] = letter
        self._failed = {letter.handler: letter for letter in self.reopening.letters if not letter.composed}

    def deliveries(self) -> Iterator[tuple[Letter, Delivery]]:
        """Each new text and whose it is, while the plan's deliveries are taken; of other deliveries none."""
        whose = {i: (letter, letters) for letters in self._open.values() for i, letter in letters.items()}
        for delivery in self.plan.deliveries:
            self._making.add(delivery.handler)
            whom = delivery.handler, delivery.message.member
            there = self.reopening.known.get(delivery.id)
            if delivery.message.part and self._open.get(whom):
                self._parts.setdefault(delivery.handler, []).append(delivery)
            elif there in whose:
                letter, letters = whose.pop(there)
                del letters[letter.id]
                yield letter, delivery
            elif there is not None:
                continue
            elif self._open.get(whom):
                self._kept.setdefault(whom, []).append(delivery)
            elif delivery.handler in self._failed:
                yield self._failed[delivery.handler], delivery
        for handler, parts in self._parts.items():
            yield from self._together(handler, parts)
        for whom, new in self._kept.items():
            yield from self._same(whom, new)

    def endings(self) -> Iterator[Ended]:
        """What the letters that got no new text are told, after all deliveries were taken."""
        for letters in self._open.values():
            yield from map(self._ending, letters.values())
        for letter in self._failed.values():
            ending = self._ending(letter)
            if ending.reason == Reason.NO_LONGER_PLANNED and letter.handler in self._making:
                ending = Ended(letter.id, Ending.MADE, detail="evaluated again, and composed")
            yield ending

    def _together(self, handler: str, parts: list[Delivery]) -> Iterator[tuple[Letter, Delivery]]:
        """Of one mail to all: whose it is. Of several: today's text for letters whose people all are in them still."""
        first, *more = parts
        missing, known = self._open[handler, ""], self.reopening.known
        second = delivery_id(self.reopening.event, handler, replace(first.message, part=2))
        if first.id in known and second not in known and not more:
            whose = known[first.id]
            pairs = [(missing[whose], first)] if whose in missing else []
        else:
            people = {address for part in parts for address in part.message.to}
            own = [letter for letter in missing.values() if people.issuperset(letter.to)]
            pairs = [(x, replace(first, id=x.id, message=replace(first.message, to=x.to))) for x in own]
        for letter, delivery in pairs:
            del missing[letter.id]
            yield letter, delivery
        if handler in self._failed:
            for delivery in parts:
                if delivery.id not in known:
                    yield self._failed[handler], delivery

    def _same(self, whom: Whom, new: list[Delivery]) -> Iterator[tuple[Letter, Delivery]]:
        """Of deliveries that aren't there yet: those of letters that are for the same."""
        handler, member = whom
        missing = list(self._open[whom].values())
        # Where they go by their places, a definition that stopped half-way doesn't tell who is missing.
        alike = bool(member) or (len(new) == len(missing) and not self._trouble(handler))
        pairs = list(zip(missing, new, strict=False)) if alike else []
        for letter, delivery in pairs:
            del self._open[whom][letter.id]
            yield letter, delivery
        if handler in self._failed and not member:  # a member has a letter, and so was told
            for delivery in new[len(pairs) :]:
                yield self._failed[handler], delivery

    def _trouble(self, handler: str) -> Failure | None:
        return next((f for f in (*self.plan.failures, *self.plan.deferred) if f.handler == handler), None)

    def _ending(self, letter: Letter) -> Ended:
        trouble = self._trouble(letter.handler)
        if trouble is None:
            detail = f"{self._why_not(letter)}; {_WHAT_NOW[letter.composed]}"
            return Ended(letter.id, Ending.BACK, Reason.NO_LONGER_PLANNED, detail)
        ending = Ending.WAITS if trouble in self.plan.deferred and trouble not in self.plan.failures else Ending.BACK
        return Ended(letter.id, ending, trouble.reason, trouble.detail, trouble.definition_version)

    def _why_not(self, letter: Letter) -> str:
        notes = [note for note in self.plan.notes if note.handler == letter.handler]
        if not notes:
            return f"no definition of this name is bound to {self.plan.event.type} any more"
        because = next(((n.reason, n.detail) for n in notes if n.reason), None)
        if because is None and letter.handler in self._parts:
            return "it is for several together, and not all of them are told today, or at other addresses"
        if because is None:
            return "the definition sends it to somebody else, or to nobody, today"
        return "today's definition sends nothing: " + ": ".join(filter(None, because))
