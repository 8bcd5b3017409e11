"""What a recipient is told of what was held back from them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from notifier.compose.heldback import HeldBack
from notifier.configuration import SmsGateway, TextFile, TooLong
from notifier.model import Channel, Message

SINCE, UNTIL = datetime(2026, 11, 24, 9, 5, tzinfo=UTC), datetime(2026, 11, 24, 9, 13, tzinfo=UTC)
MAIL = Message(
    Channel.MAIL, "relay1", ("kim@example.com",), "", sender="tokens@example.com", reply_to="help@example.com"
)
SMS = Message(Channel.SMS, "sms1", ("+4916012",), "")


def files(**texts: str) -> dict[str, TextFile]:
    return {
        f"held/{name.replace('__', '/').replace('_', '.')}": TextFile(text.encode()) for name, text in texts.items()
    }


def test_a_mail_says_how_many_when_and_what_to_do() -> None:
    """In plain words, by the same way, from the same sender; in the configured zone."""
    mail = HeldBack({}, "Europe/Berlin").write(MAIL, 12, SINCE, UNTIL)

    assert (mail.to, mail.sender, mail.reply_to, mail.mimetype) == (MAIL.to, MAIL.sender, MAIL.reply_to, "plain")
    assert mail.subject == "12 more notifications held back"
    assert mail.body.startswith("12 more notifications were held back between 10:05 AM and 10:13 AM UTC+0100.")
    assert "please tell your\nadministrators" in mail.body


def test_one_is_one() -> None:
    """A text for people counts as people do."""
    mail = HeldBack({}, "UTC").write(MAIL, 1, SINCE, SINCE)

    assert mail.subject == "1 more notification held back"
    assert mail.body.startswith("1 more notification was held back")


def test_an_sms_is_one_sms() -> None:
    """In any of our languages."""
    for locale in ("", "de", "en"):
        sms = HeldBack({}, "UTC").write(replace(SMS, locale=locale), 999_999, SINCE, UNTIL)

        assert sms.subject == ""
        assert len(sms.body) <= 153
        assert "\n" not in sms.body


def test_an_sms_is_as_its_gateway_wants_it() -> None:
    """Transliterated, and cut where it is too long: refused is nobody told."""
    theirs = files(body_txt="“many” " * 200)
    gateway = SmsGateway("sms1", transliterate=True, max_segments=2, too_long=TooLong.REFUSE)

    sms = HeldBack(theirs, "UTC", {"sms1": gateway}).write(SMS, 3, SINCE, UNTIL)

    assert sms.body.isascii()
    assert len(sms.body) <= 2 * 153


def test_it_is_in_the_reader_s_language() -> None:
    """As far as one is known of them, and we have it."""
    mail = HeldBack({}, "UTC").write(replace(MAIL, locale="de_AT"), 3, SINCE, UNTIL)

    assert mail.subject == "3 weitere Nachrichten zurückgehalten"
    assert "zwischen 09:05 und 09:13 UTC" in mail.body
    assert HeldBack({}, "UTC").write(replace(MAIL, locale="fr"), 3, SINCE, UNTIL).subject.startswith("3 more")


def test_two_days_are_told_and_two_zones() -> None:
    """A window over midnight, and one in which the clocks are put back."""
    theirs = HeldBack(files(subject_txt="s", body_txt="{{ since }} - {{ until }}"), "Europe/Berlin")
    reader = replace(MAIL, locale="de")
    night = datetime(2026, 10, 24, 21, 55, tzinfo=UTC)

    over_midnight = theirs.write(reader, 3, night, night.replace(hour=22, minute=5)).body
    put_back = theirs.write(reader, 3, night.replace(day=25, hour=0), night.replace(day=25, hour=1)).body

    assert over_midnight == "24.10.26, 23:55 - 25.10.26, 00:05 MESZ"
    assert put_back == "02:55 MESZ - 02:55 MEZ"


def test_the_operator_s_words_come_first() -> None:
    """All of them: a house that writes French doesn't want our German."""
    theirs = files(subject_txt="{{ count }} de plus", body_txt="{{ since }} - {{ until }} ({{ channel }})")

    mail = HeldBack(theirs, "UTC").write(replace(MAIL, locale="de"), 3, SINCE, UNTIL)

    assert (mail.subject, mail.body) == ("3 de plus", "09:05 - 09:13 UTC (mail)")


def test_an_html_body_of_theirs_has_its_plain_text_beside_it() -> None:
    """And an SMS is written in our words where theirs are HTML alone."""
    theirs = HeldBack(files(subject_txt="s", body_html="<p>{{ count }} de plus</p>"), "UTC")

    mail = theirs.write(MAIL, 3, SINCE, UNTIL)
    assert (mail.mimetype, mail.alternative.strip()) == ("html", "3 de plus")
    assert theirs.write(SMS, 3, SINCE, UNTIL).body.startswith("3 more notifications")


@pytest.mark.parametrize("body", ["{{ nobody }}", "{% if %}", "{{ 1 / 0 }}"])
def test_a_template_that_fails_keeps_nobody_from_being_told(body: str) -> None:
    """In our words, then."""
    found = HeldBack(files(body_txt=body), "UTC")

    assert found.write(MAIL, 3, SINCE, UNTIL).body.startswith("3 more notifications")
