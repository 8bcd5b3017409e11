"""What can be written in an action's options and can't be meant: that nobody is told, or that a word has no effect."""

from __future__ import annotations

from collections.abc import Iterator

from notifier.compose import defaults
from notifier.compose.recipients import addresses, fit
from notifier.compose.tags import as_text
from notifier.model import HandlerDefinition

TRUE = ("1", "True", "true", "TRUE")
#: Of each action the option that is true or false.
SWITCHES = {"sendmail": "attach_qrcode", "sendsms": "all_numbers"}
FALSE = ("", "0", "False", "false", "FALSE")


def doubts(d: HandlerDefinition) -> Iterator[tuple[str, str]]:
    """Place (``options.To email``), and what is doubtful there; of one of the composer's actions."""
    action, options = d.action.lower(), d.options
    if options.get("To", defaults.RECIPIENT) == "email":
        yield from _numbers() if action == "sendsms" else _addresses(d) if action == "sendmail" else ()
    switch = SWITCHES.get(action, "")
    word = as_text(options.get(switch, ""))
    if word not in (*TRUE, *FALSE):
        yield f"options.{switch}", f"{word!r} counts as false; write true or false"
    if action != "sendmail":
        return
    if options.get("mimetype") and options.get("template"):
        yield "options.mimetype", "it has no effect beside a template, whose body.html decides; drop it"


def _numbers() -> Iterator[tuple[str, str]]:
    yield "options.To", "a mail address has no number: nobody is ever told; write another recipient type"


def _addresses(d: HandlerDefinition) -> Iterator[tuple[str, str]]:
    place = "options.To email"
    given = addresses(d.options.get("To email", ""))
    unfit = [address for address in given if not fit(address)]
    if len(unfit) == len(given):
        yield place, "there is no mail address: nobody is ever told; write at least one, such as helpdesk@example.com"
    elif unfit:
        yield place, f"{', '.join(map(repr, unfit))} can't be a mail address and is skipped; correct it, or drop it"
