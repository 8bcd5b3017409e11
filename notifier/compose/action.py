"""One definition's action, made ready: run once an event."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from notifier.compose import tags
from notifier.compose.attributes import Attributes
from notifier.compose.formatter import Template
from notifier.compose.qrcode import qrcode
from notifier.compose.recipients import Recipient, Recipients, Rule, fit, fit_number
from notifier.compose.templates import Named
from notifier.errors import ComposeError
from notifier.model import Channel, Event, HandlerDefinition, Message, Skipped
from notifier.outcome import Reason, Skip

#: Line breaks and other control characters, with the blanks around them: one blank in a subject.
_BREAK = re.compile(r"\s*[\x00-\x1f\x7f-\x9f\u2028\u2029]+\s*")
_NOBODY = Recipient(())


@dataclass(frozen=True, slots=True)
class Composition:
    """What one action makes of one event."""

    messages: tuple[Message, ...] = ()
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all actions of a configuration share."""

    #: SMTP server → the sender of its mails.
    senders: Mapping[str, str]
    recipients: Recipients
    #: The token server's public URL where an event has none.
    url: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Text:
    """The texts of an action, ready, and how the tags they use are worked out."""

    body: Template
    subject: Template | None = None
    filename: Template | None = None
    #: In place of body and, where it has one, of subject.
    named: Named | None = None
    mimetype: str = "plain"

    @property
    def tags(self) -> frozenset[str]:
        """The tags used."""
        body = self.named or self.body
        return body.tags.union(*(t.tags for t in (self.subject, self.filename) if t))


@dataclass(frozen=True, slots=True)
class CompiledAction:
    """One definition's action, ready."""

    definition: HandlerDefinition
    channel: Channel
    surroundings: Surroundings
    #: Place (``options.body``) and what is wrong there.
    errors: tuple[tuple[str, str], ...] = ()
    provider: str = ""
    text: Text | None = None
    makers: tuple[tuple[str, tags.Maker], ...] = ()
    to: Rule | None = None
    reply_to: Rule | None = None
    attach_qrcode: bool = False

    def compose(self, event: Event) -> Composition:
        """The messages for an event.

        Raises:
            ComposeError: the definition has errors, or its texts can't be rendered for this event.
        """
        if self.errors or self.text is None:
            raise ComposeError(Reason.DEFINITION_ERROR, "; ".join(f"{place}: {why}" for place, why in self.errors))
        try:
            return _Composing(self, self.text, event).compose()
        except ValueError as error:
            raise ComposeError(Reason.TEMPLATE_ERROR, str(error)) from None


class _Composing:
    """One action meeting one event."""

    __slots__ = ("_action", "_event", "_mail", "_owner", "_personal", "_text", "_values")

    def __init__(self, action: CompiledAction, text: Text, event: Event) -> None:
        self._action = action
        self._event = event
        self._text = text
        self._mail = action.channel is Channel.MAIL
        self._owner: Attributes = action.surroundings.recipients.attributes(event.facts.tokenowner)
        #: The text differs from one recipient to the next.
        self._personal = not text.tags.isdisjoint(tags.RECIPIENT_TAGS)
        self._values: dict[str, str] = {}

    def compose(self) -> Composition:
        rule = self._action.to
        if rule is None:
            self._work_out()
            message = self._message(_NOBODY)
            return Composition((message,))
        people, nobody = self._action.surroundings.recipients.find(rule, self._event, self._owner)
        if nobody is not None:
            return Composition(skipped=(nobody,))
        letters, unfit = self._letters(people)
        what = "addresses" if self._mail else "numbers"
        skipped = (Skipped(Skip.NO_ADDRESS, f"{unfit} of the {what} can't be one"),) if unfit else ()
        if not letters:
            return Composition(skipped=skipped)
        self._work_out()
        return Composition(tuple(self._messages(letters)), skipped)

    def _work_out(self) -> None:
        surroundings = self._action.surroundings
        url = self._event.facts.base_url or surroundings.url
        scene = tags.Scene(self._event, self._owner, url, surroundings.zone, self._action.definition.name)
        self._values = {tag: tags.as_text(maker(scene)) for tag, maker in self._action.makers}

    def _letters(self, people: tuple[Recipient, ...]) -> tuple[list[tuple[Recipient, tuple[str, ...]]], int]:
        """Who gets a message, at which addresses (each once), and how many addresses can't be one."""
        letters = []
        unfit = 0
        seen: set[str] = set()
        usable = fit if self._mail else fit_number
        for person in people:
            good = list(filter(usable, person.addresses))
            if self._mail or not good:
                unfit += len(person.addresses) - len(good)
            # Of several numbers the first; of several addresses all.
            mine = tuple(a for a in (good if self._mail else good[:1]) if a not in seen)
            seen.update(mine)
            if mine:
                letters.append((person, mine))
        return letters, unfit

    def _messages(self, letters: list[tuple[Recipient, tuple[str, ...]]]) -> Iterator[Message]:
        message = self._message(letters[0][0])
        if self._mail and self._action.definition.delivery.together:
            yield replace(message, to=tuple(address for _, mine in letters for address in mine))
            return
        for number, (person, mine) in enumerate(letters):
            if self._personal and number:
                message = self._message(person)
            yield from (replace(message, to=(address,)) for address in mine)

    def _message(self, person: Recipient) -> Message:
        if self._personal:
            self._values["recipient_givenname"] = person.givenname
            self._values["recipient_surname"] = person.surname
        action, values = self._action, self._values
        subject, body, mimetype = self._wording()
        if self._text.filename is not None:
            filename = self._text.filename.render(values).lstrip("/")
            return Message(action.channel, action.provider, (), body, filename=filename)
        if not self._mail:
            return Message(action.channel, action.provider, (), body)
        sender = action.surroundings.senders.get(action.provider, "")
        return Message(
            channel=action.channel,
            provider=action.provider,
            to=(),
            body=body,
            subject=one_line(subject),
            mimetype=mimetype,
            sender=sender,
            reply_to=self._reply_to() or sender,
            attachments=qrcode(self._event) if action.attach_qrcode else (),
        )

    def _wording(self) -> tuple[str, str, str]:
        text, values = self._text, self._values
        if text.named is None:
            subject = text.subject.render(values) if text.subject else ""
            return subject, text.body.render(values, escape=text.mimetype == "html"), text.mimetype
        locale = tags.as_text(self._owner.get("locale"))
        named, body, mimetype = text.named.render(values, locale, html=self._mail)
        if named is None and text.subject:
            named = text.subject.render(values)
        return named or "", body, mimetype

    def _reply_to(self) -> str:
        rule = self._action.reply_to
        if rule is None:
            return ""
        people, _ = self._action.surroundings.recipients.find(rule, self._event, self._owner)
        found = [address for person in people for address in person.addresses if fit(address)]
        return ", ".join(dict.fromkeys(found[:1] if rule.kind == "email" else found))


def one_line(subject: str) -> str:
    """A subject without line breaks: no line break ever reaches a header."""
    return subject.strip() if subject.isprintable() else _BREAK.sub(" ", subject).strip()
