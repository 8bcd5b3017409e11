"""From a definition's options to an action that is ready, with everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar
from zoneinfo import ZoneInfo

from notifier.compose import defaults, tags
from notifier.compose.action import CompiledAction, Composition, Surroundings, Text
from notifier.compose.actions import ACTIONS
from notifier.compose.directory.port import Directory
from notifier.compose.formatter import Template, compile_template
from notifier.compose.recipients import Recipients, Rule, rule_of
from notifier.compose.templates import Named, load_template, read_body
from notifier.configuration import SmsGateway, TextFile
from notifier.model import CHANNELS, Channel, HandlerDefinition

__all__ = ["CompiledAction", "Composer", "Composition"]

T = TypeVar("T")
#: The option that names the way out, and the attribute that holds the address.
WAYS: Mapping[Channel, tuple[str, str]] = {
    Channel.MAIL: ("emailconfig", defaults.ATTRIBUTE),
    Channel.SMS: ("smsconfig", "mobile"),
}
TRUE = ("1", "True", "true", "TRUE")


class Composer:
    """Writes messages for one configuration."""

    def __init__(
        self,
        senders: Mapping[str, str],
        directory: Directory,
        templates: Mapping[str, TextFile],
        url: str,
        timezone: str,
        gateways: Mapping[str, SmsGateway] | None = None,
    ) -> None:
        self.directory = directory
        self.templates = templates
        self.surroundings = Surroundings(senders, gateways or {}, Recipients(directory), url, ZoneInfo(timezone))

    def compile(self, definition: HandlerDefinition) -> CompiledAction:
        """Make a definition's action ready; what is wrong with it is in `CompiledAction.errors`."""
        return _Compiler(self, definition).compile()


class _Compiler:
    """Reads a definition's options, collecting what is wrong."""

    def __init__(self, composer: Composer, definition: HandlerDefinition) -> None:
        self._composer = composer
        self._definition = definition
        self._options = definition.options
        self._channel = CHANNELS.get(definition.action.lower(), Channel.MAIL)
        self._errors: list[tuple[str, str]] = []

    def compile(self) -> CompiledAction:
        """The action, or its errors."""
        definition, channel = self._definition, self._channel
        if definition.action.lower() not in CHANNELS:
            self._errors.append(("action", f"unknown action {definition.action!r}; one of {', '.join(ACTIONS)}"))
        way, attribute = WAYS.get(channel, ("", ""))
        text = self._texts()
        to = self._rule("To", attribute) if way else None
        reply_to = self._rule("reply_to", "email") if channel is Channel.MAIL and self._text("reply_to") else None
        return CompiledAction(
            definition.name,
            channel,
            self._composer.surroundings,
            errors=tuple(self._errors),
            provider=self._text(way) if way else "spool",
            text=text,
            makers=tags.makers(text.tags) if text else (),
            recipient_tags=tags.recipient_tags(text.tags) if text else (),
            to=to,
            reply_to=reply_to,
            attach_qrcode=self._text("attach_qrcode") in TRUE,
            together=definition.delivery.together,
            all_numbers=self._text("all_numbers") in TRUE,
        )

    def _texts(self) -> Text | None:
        mail, file = self._channel is Channel.MAIL, self._channel is Channel.FILE
        named = self._named()
        body = self._template("body", defaults.BODY, tags.BODY_NAMES)
        subject = self._template("subject", defaults.SUBJECT, tags.BODY_NAMES) if mail else None
        filename = self._template("filename", "", tags.FILENAME_NAMES) if file else None
        if file and not self._text("filename").strip("/ "):
            self._errors.append(("options.filename", "savefile needs a filename"))
        mimetype = self._mimetype() if mail else defaults.MIMETYPE
        return Text(body, subject, filename, named, mimetype) if body else None

    def _named(self) -> Named | None:
        name = self._text("template")
        if not name:
            return None
        found = self._try("template", lambda: load_template(self._composer.templates, name, tags.BODY_NAMES))
        if found and self._channel is not Channel.MAIL and not found.has_text:
            action = self._definition.action
            self._errors.append(("options.template", f"template {name!r} has no body.txt, which {action} needs"))
        return found

    def _mimetype(self) -> str:
        mimetype = (self._text("mimetype") or defaults.MIMETYPE).lower()
        if mimetype not in defaults.MIMETYPES:
            self._errors.append(("options.mimetype", f"unknown mimetype {mimetype!r}; plain or html"))
        return mimetype

    def _text(self, option: str) -> str:
        value = self._options.get(option, "")
        return value if isinstance(value, str) else ", ".join(value)

    def _rule(self, option: str, attribute: str) -> Rule | None:
        return self._try(option, lambda: rule_of(self._options, option, attribute))

    def _template(self, option: str, default: str, names: Collection[str]) -> Template | None:
        text = self._text(option) or default
        files = self._composer.templates
        return self._try(option, lambda: compile_template(read_body(files, text) if option == "body" else text, names))

    def _try(self, option: str, make: Callable[[], T]) -> T | None:
        try:
            return make()
        except ValueError as error:
            self._errors.append((f"options.{option}", str(error)))
            return None
