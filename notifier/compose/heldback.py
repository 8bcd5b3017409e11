"""What a recipient is told of what was held back from them: a text of ours, or the template ``held`` in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from notifier.compose import sms
from notifier.compose.language import Moment, reader_of
from notifier.compose.templates import Files, Named, Wording, load_template
from notifier.configuration import SmsGateway, TextFile, TooLong
from notifier.model import Channel, Message

#: The template's name, and what it may show.
NAME = "held"
TAGS = frozenset({"channel", "count", "since", "until"})
#: Ours, as files; a short message costs by its length.
TEXTS: Mapping[str, str] = {
    "subject.txt": "{{ count }} more {% if count == '1' %}notification{% else %}notifications{% endif %} held back",
    "body.txt": """\
{{ count }} more {% if count == '1' %}notification was{% else %}notifications were{% endif %} held back \
between {{ since }} and {{ until }}.{% if channel == 'mail' %}

So many came within a short time that only the first were sent to you. If you didn't cause this, please tell your
administrators: they can see the others for a while.{% endif %}
""",
    "de/subject.txt": """\
{{ count }} weitere {% if count == '1' %}Nachricht{% else %}Nachrichten{% endif %} zurückgehalten""",
    "de/body.txt": """\
{{ count }} weitere {% if count == '1' %}Nachricht wurde{% else %}Nachrichten wurden{% endif %} zwischen {{ since }} \
und {{ until }} zurückgehalten.{% if channel == 'mail' %}

In kurzer Zeit kamen so viele, dass nur die ersten an Sie gesendet wurden. Wenn Sie das nicht veranlasst haben, melden
Sie sich bitte bei Ihrer Administration: dort sind die übrigen eine Zeit lang zu sehen.{% endif %}
""",
}
OURS: Files = {f"{NAME}/{path}": TextFile(text.encode()) for path, text in TEXTS.items()}


class HeldBack:
    """Writes summaries."""

    def __init__(self, files: Files, zone: str, gateways: Mapping[str, SmsGateway] | None = None) -> None:
        """``files``: the operator's templates; ``zone``: in which moments are told; ``gateways``: by their names."""
        self._zone = ZoneInfo(zone)
        self._gateways = gateways or {}
        self._ours = load_template(OURS, NAME, TAGS)
        self._theirs: Named | None = None
        #: What is wrong with the operator's; empty: nothing, or there is none.
        self.error = ""
        if any(path.startswith(f"{NAME}/") for path in files):
            try:
                self._theirs = load_template(files, NAME, TAGS)
            except ValueError as error:
                self.error = str(error)

    def write(self, envelope: Message, count: int, since: datetime, until: datetime) -> Message:
        """The summary for whom the envelope names, by its provider and from its sender. Never fails: ours can't."""
        reader = reader_of(envelope.locale, "", self._zone)
        values = {"count": str(count), "channel": str(envelope.channel)}
        values["since"], values["until"] = _between(Moment(since, reader), Moment(until, reader))
        mail = envelope.channel is Channel.MAIL
        wording: Wording | None = None
        if self._theirs and (mail or self._theirs.has_text):
            try:
                wording = self._theirs.render(values, reader, until, html=mail)
            except ValueError:  # it fails for these values: the recipient has to be told all the same
                wording = None
        wording = wording or self._ours.render(values, reader, until, html=False)
        subject = " ".join((wording.subject or "").split()) if mail else ""
        text = wording.body.strip()
        gateway = None if mail else self._gateways.get(envelope.provider)
        if gateway:
            text, _ = sms.wording(text, replace(gateway, too_long=TooLong.CUT))
        return replace(
            envelope,
            subject=subject,
            body=text,
            mimetype=wording.mimetype,
            alternative=wording.alternative,
            filename="",
        )


def _between(since: Moment, until: Moment) -> tuple[str, str]:
    """As the reader writes them: the day only where there are two, the zone once unless the clocks were changed."""
    kind = "time" if since.written("date", "short") == until.written("date", "short") else "datetime"
    first, last = since.written(kind, "short"), until.written(kind, "short")
    before, after = _zone(since), _zone(until)
    return first if before == after else f"{first} {before}", f"{last} {after}"


def _zone(moment: Moment) -> str:
    """A name where readers of the language have one, such as CET."""
    name = moment.written("time", "z")
    return f"UTC{name}" if name[0] in "+-" else name
