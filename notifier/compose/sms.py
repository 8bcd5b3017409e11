"""Texts and numbers as a gateway's entry wants them: before they are queued, so `explain` shows what is sent."""

from __future__ import annotations

from notifier.compose.recipients import fit_number
from notifier.configuration import SmsGateway, TooLong
from notifier.errors import ComposeError
from notifier.model import Change
from notifier.outcome import Reason
from notifier.telephony.number import e164
from notifier.telephony.segmenter import Encoding
from notifier.telephony.shortening import shorten
from notifier.telephony.transliteration import transliterate


def number(text: str, gateway: SmsGateway) -> str | None:
    """The number to send to; None where there is none. Without a region: as it is, if it can be dialled."""
    if not fit_number(text):
        return None
    return e164(text, gateway.region) if gateway.region else text


def numbers(attribute: str, gateway: SmsGateway) -> str:
    """Those that can't be one, in words: where they are, and how they were read."""
    return f"numbers in {attribute!r} (region {gateway.region})" if gateway.region else "numbers"


def wording(text: str, gateway: SmsGateway) -> tuple[str, tuple[Change, ...]]:
    """The text to send, and what was changed.

    Raises:
        ComposeError: it is too long, and the gateway's entry says that it isn't cut.
    """
    written = transliterate(text) if gateway.transliterate else text
    sent = shorten(written, gateway.max_segments, Encoding.UCS2 if gateway.ucs2 else None)
    if sent != written and gateway.too_long is TooLong.REFUSE:
        most = gateway.max_segments
        raise ComposeError(
            Reason.TOO_LARGE, f"the text takes more than {most} segment{'s' * (most > 1)} (max_segments of the gateway)"
        )
    changes = ((Change.TRANSLITERATED, written != text), (Change.CUT, sent != written))
    return sent, tuple(change for change, made in changes if made)
