"""One definition's action, made ready: run once an event."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, islice
from posixpath import normpath
from zoneinfo import ZoneInfo

from notifier.compose import sms, tags
from notifier.compose.attributes import Attributes
from notifier.compose.formatter import Template
from notifier.compose.language import Reader, reader_of
from notifier.compose.plaintext import plain_text
from notifier.compose.qrcode import qrcode
from notifier.compose.recipients import Recipient, Recipients, Rule, fit
from notifier.compose.templates import Named, Wording
from notifier.configuration import SmsGateway
from notifier.errors import ComposeError
from notifier.model import Attachment, Channel, Event, Message, Skipped, digest
from notifier.outcome import Reason, Skip

#: Line breaks and other control characters, with the blanks around them: one blank in a subject.
_BREAK = re.compile(r"\s*[\x00-\x1f\x7f-\x9f\u2028\u2029]+\s*")
_NOBODY = Recipient(())
#: Characters; more is no notice but a value gone wild, or a template.
MOST_SUBJECT, MOST_BODY = 2_000, 1 << 20
#: Of the messages of one event that differ by recipient, so many are kept for others who read the same.
MOST_KEPT = 20
#: Addresses in one mail to several: servers may refuse the hundred and first (RFC 5321 section 4.5.3.1.8).
MOST_TOGETHER = 100
#: Links are the spool directory's affair: nobody knows them here.
LEADS_OUT = "the file name leads out of spool_directory"
#: Addresses in ``Reply-To``: a header is no mailing list.
MOST_ANSWERS = 100


@dataclass(frozen=True, slots=True)
class Composition:
    """What one action makes of one event, written while it is taken: a realm of any size needs little memory."""

    #: May be taken once. Taking raises what `CompiledAction.compose` raises.
    messages: Iterable[Message] = ()
    #: Complete when all messages were taken.
    skipped: list[Skipped] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all actions of a configuration share."""

    #: SMTP server → the sender of its mails.
    senders: Mapping[str, str]
    gateways: Mapping[str, SmsGateway]
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

    #: The definition's.
    name: str
    channel: Channel
    surroundings: Surroundings
    #: Place (``options.body``) and what is wrong there.
    errors: tuple[tuple[str, str], ...] = ()
    provider: str = ""
    text: Text | None = None
    makers: tuple[tuple[str, tags.Maker], ...] = ()
    #: The recipient's tags that are used, each with the attribute it shows.
    recipient_tags: tuple[tuple[str, str], ...] = ()
    to: Rule | None = None
    reply_to: Rule | None = None
    attach_qrcode: bool = False
    #: One mail to everybody.
    together: bool = False
    #: Of somebody's several numbers all, not the first alone.
    all_numbers: bool = False

    def compose(self, event: Event) -> Composition:
        """The messages for an event; the first one is written at once.

        Raises:
            ComposeError: the definition has errors, or its texts can't be rendered for this event.
            DirectoryUnavailable: somebody has to be looked up, and the directory is down.
        """
        if self.errors or self.text is None:
            raise ComposeError(Reason.DEFINITION_ERROR, "; ".join(f"{place}: {why}" for place, why in self.errors))
        skipped: list[Skipped] = []
        messages = _Composing(self, self.text, event, skipped).messages()
        first = next(messages, None)
        return Composition(() if first is None else chain((first,), messages), skipped)


class _Composing:
    """One action meeting one event."""

    def __init__(self, action: CompiledAction, text: Text, event: Event, skipped: list[Skipped]) -> None:
        self._action = action
        self._event = event
        self._text = text
        self._skipped = skipped
        self._mail = action.channel is Channel.MAIL
        self._owner: Attributes = action.surroundings.recipients.attributes(event.facts.tokenowner)
        self._values: dict[str, str] = {}
        #: What differs from one recipient to the next → the message.
        self._written: dict[tuple[Reader | str | None, ...], Message] = {}

    def messages(self) -> Iterator[Message]:
        try:
            yield from self._messages()
        except ValueError as error:
            raise ComposeError(Reason.TEMPLATE_ERROR, str(error)) from None

    def _messages(self) -> Iterator[Message]:
        if self._action.to is None:
            self._work_out()
            yield self._message(_NOBODY)
            return
        together = self._mail and self._action.together
        message: Message | None = None
        everybody: list[str] = []
        for person, mine in self._letters(self._action.to):
            if message is None:
                self._work_out()
            if message is None or not together:
                message = self._message(person)
            if together:
                everybody.extend(mine)
            else:
                for address in mine:
                    yield replace(message, to=(address,), member=person.member)
        if message is not None and together:
            yield from _together(message, everybody)

    def _work_out(self) -> None:
        surroundings = self._action.surroundings
        url = self._event.facts.base_url or surroundings.url
        scene = tags.Scene(self._event, self._owner, url, surroundings.zone, self._action.name)
        self._values = {tag: tags.as_text(maker(scene)) for tag, maker in self._action.makers}

    def _letters(self, rule: Rule) -> Iterator[tuple[Recipient, tuple[str, ...]]]:
        """Who gets a message, and at which addresses (each once); those that can't be one are counted."""
        unfit = 0
        seen: set[str] = set()
        every = self._mail or self._action.all_numbers
        for person in self._action.surroundings.recipients.find(rule, self._event, self._owner):
            if isinstance(person, Skipped):
                self._skipped.append(person)
                continue
            good = [address for address in map(self._address, person.addresses) if address is not None]
            if every or not good:
                unfit += len(person.addresses) - len(good)
            # Of several numbers the first; of several addresses all.
            mine = tuple(a for a in dict.fromkeys(good if every else good[:1]) if a not in seen)
            seen.update(mine)
            if mine:
                yield person, mine
        if unfit:
            what = "addresses" if self._mail else sms.numbers(rule.attribute, self._gateway)
            self._skipped.append(Skipped(Skip.NO_ADDRESS, f"{unfit} of the {what} can't be one"))

    def _address(self, written: str) -> str | None:
        """An address or a number as it is sent to; None where it can't be one."""
        if self._mail:
            return written if fit(written) else None
        return sms.number(written, self._gateway)

    @cached_property
    def _gateway(self) -> SmsGateway:
        """How the gateway wants numbers and texts; one that isn't configured has no wishes."""
        name = self._action.provider
        return self._action.surroundings.gateways.get(name) or SmsGateway(name)

    def _message(self, person: Recipient) -> Message:
        """The message for somebody; the same one again where nothing of it is theirs alone."""
        for tag, attribute in self._action.recipient_tags:
            self._values[tag] = person.text(attribute)
        reader = self._reader(person)
        own = (reader, *(self._values[tag] for tag, _ in self._action.recipient_tags))
        if own not in self._written:
            if len(self._written) >= MOST_KEPT:
                self._written.clear()
            self._written[own] = self._write(reader)
        return self._written[own]

    def _reader(self, person: Recipient) -> Reader | None:
        """Who reads a template; nobody is looked up where it makes no difference."""
        named = self._text.named
        if named is None or not named.personal:
            return None
        return reader_of(person.text("locale"), person.text("timezone"), self._action.surroundings.zone)

    def _write(self, reader: Reader | None) -> Message:
        action = self._action
        wording = self._wording(reader)
        subject = wording.subject or ""
        _limit("subject", subject, MOST_SUBJECT)
        _limit("body", wording.body, MOST_BODY)
        if self._text.filename is not None:
            names = {tag: _in_a_name(value) for tag, value in self._values.items()}
            filename = self._text.filename.render(names).lstrip("/")
            if normpath(filename).partition("/")[0] in (".", ".."):
                raise ComposeError(Reason.POLICY_REFUSED, LEADS_OUT)
            return Message(action.channel, action.provider, (), wording.body, filename=filename)
        if not self._mail:
            body, changes = sms.wording(wording.body, self._gateway)
            locale = reader.locale if reader else ""
            wide = self._gateway.ucs2
            return Message(action.channel, action.provider, (), body, changes=changes, locale=locale, ucs2=wide)
        sender = action.surroundings.senders.get(action.provider, "")
        return Message(
            channel=action.channel,
            provider=action.provider,
            to=(),
            body=wording.body,
            subject=one_line(subject),
            mimetype=wording.mimetype,
            alternative=wording.alternative,
            sender=sender,
            reply_to=(self._reply_to if action.reply_to else "") or sender,
            attachments=self._attachments if action.attach_qrcode else (),
            locale=reader.locale if reader else "",
            thread=thread_of(self._event),
        )

    def _wording(self, reader: Reader | None) -> Wording:
        text, values = self._text, self._values
        if text.named is None:
            subject = text.subject.render(values) if text.subject else ""
            html = text.mimetype == "html"
            body = text.body.render(values, escape=html)
            return Wording(subject, body, text.mimetype, plain_text(body) if html and self._mail else "")
        reader = reader or Reader(zone=self._action.surroundings.zone)
        wording = text.named.render(values, reader, self._event.time, html=self._mail)
        if wording.subject is None and text.subject:
            return replace(wording, subject=text.subject.render(values))
        return wording

    @cached_property
    def _attachments(self) -> tuple[Attachment, ...]:
        return qrcode(self._event)

    @cached_property
    def _reply_to(self) -> str:
        rule = self._action.reply_to
        if rule is None:
            return ""
        people = self._action.surroundings.recipients.find(rule, self._event, self._owner)
        found = (a for person in people if isinstance(person, Recipient) for a in person.addresses if fit(a))
        return ", ".join(dict.fromkeys(islice(found, 1 if rule.kind == "email" else MOST_ANSWERS)))


def _together(message: Message, everybody: list[str]) -> Iterator[Message]:
    """One mail to all, or as few as servers take; who is in which doesn't depend on the order they were found in."""
    if len(everybody) > MOST_TOGETHER:
        everybody.sort()
    parts = (everybody[at : at + MOST_TOGETHER] for at in range(0, len(everybody), MOST_TOGETHER))
    for part, addresses in enumerate(parts, 1):
        yield replace(message, to=tuple(addresses), part=part)


def thread_of(event: Event) -> str:
    """Names the one token that an event is about, as long as it is the same producer's."""
    serial = tags.serial(event)
    return digest("thread", event.source, serial) if serial and "," not in serial else ""


def _in_a_name(value: str) -> str:
    """A stranger's value inside a file name: folders are the definition's to choose."""
    return value.replace("/", "_") if value.strip(".") else "_" * len(value)


def _limit(what: str, text: str, most: int) -> None:
    if len(text) > most:
        raise ComposeError(Reason.TOO_LARGE, f"the {what} has {len(text):,} characters; at most {most:,} are sent")


def one_line(subject: str) -> str:
    """A subject without line breaks: no line break ever reaches a header."""
    return subject.strip() if subject.isprintable() else _BREAK.sub(" ", subject).strip()
