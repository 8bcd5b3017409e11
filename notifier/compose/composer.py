"""From a definition's action to finished messages. Made ready once a definition, run once an event."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from notifier.compose import defaults, tags
from notifier.compose.directory.port import Directory
from notifier.compose.formatter import Template, compile_template
from notifier.compose.recipients import Recipient, Recipients, Rule, fit, rule_of
from notifier.compose.templates import Named, load_template, read_body
from notifier.errors import ComposeError
from notifier.model import Attachment, Channel, Event, HandlerDefinition, Message, Skipped
from notifier.outcome import Reason, Skip

T = TypeVar("T")
CHANNELS = {"sendmail": Channel.MAIL, "sendsms": Channel.SMS, "savefile": Channel.FILE}
TRUE = ("1", "True", "true", "TRUE")
#: Where enrolment QR codes are, in the order they are looked for (reference section 3.5).
QR_CODES: tuple[Callable[[Event], Any], ...] = (
    lambda event: tags.detail(event, "googleurl", "img"),
    lambda event: tags.detail(event, "pushurl", "img"),
    lambda event: tags.container_url(event, "img"),
)


@dataclass(frozen=True, slots=True)
class Composition:
    """What one action makes of one event."""

    messages: tuple[Message, ...] = ()
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class Wording:
    """What a message says."""

    subject: str
    body: str
    mimetype: str


class Composer:
    """Writes messages for one configuration."""

    def __init__(
        self, senders: Mapping[str, str], directory: Directory, template_directory: Path, url: str, timezone: str
    ) -> None:
        self.senders = senders
        self.recipients = Recipients(directory)
        self.template_directory = template_directory
        self.url = url
        self.zone = ZoneInfo(timezone)

    def compile(self, definition: HandlerDefinition) -> CompiledAction:
        """Make a definition's action ready; what is wrong with it is in `CompiledAction.errors`."""
        return _Compiler(self, definition).compile()


@dataclass(slots=True)
class CompiledAction:
    """One definition's action, ready."""

    composer: Composer
    definition: HandlerDefinition
    channel: Channel
    provider: str = ""
    to: Rule | None = None
    reply_to: Rule | None = None
    subject: Template | None = None
    body: Template | None = None
    filename: Template | None = None
    named: Named | None = None
    mimetype: str = "plain"
    attach_qrcode: bool = False
    #: Place (``options.body``) and what is wrong there.
    errors: list[tuple[str, str]] = field(default_factory=list)

    def compose(self, event: Event) -> Composition:
        """The messages for an event.

        Raises:
            ComposeError: the definition has errors, or its texts can't be rendered for this event.
        """
        if self.errors:
            raise ComposeError(Reason.DEFINITION_ERROR, "; ".join(f"{place}: {why}" for place, why in self.errors))
        try:
            return self._file(event) if self.channel is Channel.FILE else self._messages(event)
        except ValueError as error:
            raise ComposeError(Reason.TEMPLATE_ERROR, str(error)) from None

    def _scene(self, event: Event) -> tags.Scene:
        facts = event.facts
        composer = self.composer
        return tags.Scene(event, facts.base_url or composer.url, composer.zone, self.definition.name)

    def _messages(self, event: Event) -> Composition:
        assert self.to is not None  # noqa: S101 - compiled
        people, nobody = self.composer.recipients.find(self.to, event)
        if nobody is not None:
            return Composition(skipped=(nobody,))
        values = tags.values(self._scene(event), self._used())
        base = Message(
            channel=self.channel,
            provider=self.provider,
            to=(),
            body="",
            sender=self.composer.senders.get(self.provider, "") if self.channel is Channel.MAIL else "",
            attachments=self._attachments(event) if self.attach_qrcode else (),
        )
        if self.channel is Channel.MAIL:
            base = replace(base, reply_to=self._reply_to(event) or base.sender)
        messages = tuple(self._written(event, base, people, values))
        skipped = self._unfit(people)
        if not messages and not skipped:
            skipped = (Skipped(Skip.NO_ADDRESS, f"{self.to.kind}: no usable address"),)
        return Composition(messages, skipped)

    def _written(
        self, event: Event, base: Message, people: tuple[Recipient, ...], values: dict[str, str]
    ) -> Iterator[Message]:
        personal = bool(self._used() & tags.RECIPIENT_TAGS.keys())
        wording: Wording | None = None
        seen: set[str] = set()
        together: list[str] = []
        first: Message | None = None
        for person in people:
            mine = [a for a in self._of(person) if a not in seen]
            seen.update(mine)
            if not mine:
                continue
            if wording is None or personal:
                own = {"recipient_givenname": person.givenname, "recipient_surname": person.surname}
                wording = self._wording(event, {**values, **own})
            message = replace(base, subject=wording.subject, body=wording.body, mimetype=wording.mimetype)
            if self.definition.delivery.together and self.channel is Channel.MAIL:
                first = first or message
                together.extend(mine)
            else:
                yield from (replace(message, to=(address,)) for address in mine)
        if first is not None:
            yield replace(first, to=tuple(together))

    def _of(self, person: Recipient) -> tuple[str, ...]:
        """A person's usable addresses; of several numbers the first."""
        if self.channel is Channel.SMS:
            return tuple(n for n in person.addresses if n.isprintable())[:1]
        return tuple(filter(fit, person.addresses))

    def _unfit(self, people: tuple[Recipient, ...]) -> tuple[Skipped, ...]:
        if self.channel is Channel.SMS:
            return ()
        count = sum(not fit(address) for person in people for address in person.addresses)
        return (Skipped(Skip.NO_ADDRESS, f"{count} of the addresses can't be one"),) if count else ()

    def _wording(self, event: Event, values: Mapping[str, str]) -> Wording:
        if self.named is not None:
            owner = event.facts.tokenowner
            subject, body, mimetype = self.named.render(values, owner.locale if owner else None)
        else:
            assert self.body is not None  # noqa: S101 - compiled
            mimetype = self.mimetype
            subject = self.subject.render(values) if self.subject else ""
            body = self.body.render(values, escape=mimetype == "html")
        return Wording(" ".join(subject.split()), body, mimetype)

    def _reply_to(self, event: Event) -> str:
        if self.reply_to is None:
            return ""
        people, _ = self.composer.recipients.find(self.reply_to, event)
        found = [address for person in people for address in person.addresses if fit(address)]
        return ", ".join(found[:1] if self.reply_to.kind == "email" else found)

    def _file(self, event: Event) -> Composition:
        assert self.filename is not None  # noqa: S101 - compiled
        values = {**dict.fromkeys(tags.RECIPIENT_TAGS, ""), **tags.values(self._scene(event), self._used())}
        wording = self._wording(event, values)
        filename = self.filename.render(values).lstrip("/")
        return Composition((Message(Channel.FILE, self.provider, (), wording.body, filename=filename),))

    def _attachments(self, event: Event) -> tuple[Attachment, ...]:
        image = next(filter(None, (look(event) for look in QR_CODES)), None)
        if image is None:
            return ()
        head, _, data = str(image).partition(",")
        if not head.startswith("data:image/") or not head.endswith(";base64"):
            raise ValueError("the QR code in the event is not a data URI with an image")
        try:
            content = b64decode(data, validate=True)
        except binascii.Error:
            raise ValueError("the QR code in the event is not base64") from None
        kind = head.removeprefix("data:").removesuffix(";base64")
        return (Attachment(kind, "token_image", f"{tags.serial(event)}.png", content),)

    def _used(self) -> frozenset[str]:
        if self.named is not None:
            return tags.BODY_NAMES
        return frozenset().union(*(t.tags for t in (self.subject, self.body, self.filename) if t))


class _Compiler:
    """Reads a definition's options, collecting what is wrong."""

    def __init__(self, composer: Composer, definition: HandlerDefinition) -> None:
        self._composer = composer
        self._definition = definition
        self._options = definition.options
        self._errors: list[tuple[str, str]] = []

    def compile(self) -> CompiledAction:
        channel = CHANNELS[self._definition.action.lower()]
        action = CompiledAction(self._composer, self._definition, channel, errors=self._errors)
        if channel is Channel.FILE:
            action.provider = "spool"
            action.filename = self._template("filename", "", tags.FILENAME_NAMES)
        else:
            attribute = "email" if channel is Channel.MAIL else "mobile"
            action.provider = self._text("emailconfig" if channel is Channel.MAIL else "smsconfig")
            action.to = self._rule("To", attribute)
        if channel is Channel.MAIL:
            self._mail(action)
        if name := self._text("template"):
            action.named = self._try("template", lambda: load_template(self._composer.template_directory, name))
        else:
            names = tags.FILENAME_NAMES if channel is Channel.FILE else tags.BODY_NAMES
            action.body = self._template("body", defaults.BODY, names)
        return action

    def _mail(self, action: CompiledAction) -> None:
        if self._text("reply_to"):
            action.reply_to = self._rule("reply_to", "email")
        action.subject = self._template("subject", defaults.SUBJECT, tags.BODY_NAMES)
        action.mimetype = (self._text("mimetype") or "plain").lower()
        if action.mimetype not in ("plain", "html"):
            self._errors.append(("options.mimetype", f"unknown mimetype {action.mimetype!r}; plain or html"))
        action.attach_qrcode = self._text("attach_qrcode") in TRUE

    def _text(self, option: str) -> str:
        value = self._options.get(option, "")
        return value if isinstance(value, str) else ", ".join(value)

    def _rule(self, option: str, attribute: str) -> Rule | None:
        return self._try(option, lambda: rule_of(self._options, option, attribute))

    def _template(self, option: str, default: str, names: frozenset[str]) -> Template | None:
        text = self._text(option) or default
        home = self._composer.template_directory
        return self._try(option, lambda: compile_template(read_body(home, text) if option == "body" else text, names))

    def _try(self, option: str, make: Callable[[], T]) -> T | None:
        try:
            return make()
        except ValueError as error:
            self._errors.append((f"options.{option}", str(error)))
            return None
