"""Options as they stand there, and the same as they stand here."""

from __future__ import annotations

from collections.abc import Mapping

from notifier.definitions.privacyidea.bodies import Bodies
from notifier.definitions.privacyidea.report import Report
from notifier.definitions.privacyidea.values import section
from notifier.definitions.privacyidea.vocabulary import ACTIONS, OPTIONS, TYPES
from notifier.model import Value


def options(given: object, action: str, what: str, bodies: Bodies, report: Report) -> dict[str, Value]:
    """The options of a definition.

    Raises:
        ValueError: they can't be read, or name recipients that nobody can be.
    """
    try:
        found = section(given)
    except ValueError as error:
        raise ValueError(f"its options {error}") from None
    to = found.get("To", "tokenowner")
    if action in ("sendmail", "sendsms") and to not in TYPES:
        raise ValueError(f"{to!r} is no recipient type: nobody was ever told by it")
    known = ACTIONS.get(action, OPTIONS)
    carried: dict[str, Value] = {}
    for name, value in found.items():
        if name in known and value:
            carried[name] = value
        elif name not in known and (value or name not in OPTIONS):
            why = f"means nothing to {action}" if name in OPTIONS else "isn't one, and was ignored there"
            report.dropped(what, f"its option {name!r}: that {why}")
    if isinstance(body := carried.get("body"), str):
        carried["body"] = bodies.option(body, what)
    _reply_to(carried, what, report)
    _mimetype(carried, what, report)
    _differences(carried, action, what, report)
    return carried


def _reply_to(carried: dict[str, Value], what: str, report: Report) -> None:
    """One that can't be worked out kept no mail from being sent: answers went to the sender."""
    kind = carried.get("reply_to", "")
    if kind and (kind not in TYPES or (kind == "admin realm" and not carried.get("reply_to admin realm"))):
        del carried["reply_to"]
        why = f"its option 'reply_to' ({kind}) names nobody: answers go to the sender, as they did"
        report.dropped(what, why)


def _mimetype(carried: dict[str, Value], what: str, report: Report) -> None:
    mimetype = str(carried.get("mimetype", "plain"))
    if mimetype.lower() not in ("plain", "html"):
        carried["mimetype"] = "plain"
        report.changed(what, f"its mails were of type text/{mimetype}; here they are text/plain")


def _differences(carried: Mapping[str, Value], action: str, what: str, report: Report) -> None:
    to = carried.get("To", "tokenowner")
    if action == "sendmail":
        if not (carried.get("subject") and carried.get("body")):
            report.changed(what, "it has no subject or body of its own, and the standard one is worded differently")
        if to == "admin realm" or (to == "email" and len(_addresses(carried.get("To email", ""))) > 1):
            report.changed(what, "each address gets a mail of its own; `delivery: {together: true}` sends one to all")
    elif action == "sendsms":
        if not carried.get("body"):
            report.changed(what, "it has no body of its own, and the standard one is worded differently")
        if to in ("admin realm", "internal admin"):
            report.changed(what, f"SMS to {to!r} always failed there; here they go to the `mobile` that directory.yaml "
                                 "tells")  # fmt: skip


def _addresses(value: Value) -> list[str]:
    items = value.split(",") if isinstance(value, str) else value
    return [item for item in items if item.strip()]
