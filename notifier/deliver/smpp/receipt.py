"""What an SMSC tells later of a message that it took: in the words of SMPP 3.4, section 5.2.28 and appendix B."""

from __future__ import annotations

import re
from contextlib import suppress

from notifier.deliver.smpp.pdu import Command, Fields, Pdu, Tag
from notifier.gateways.smpp import ReceiptId, SmppOptions
from notifier.model import digest
from notifier.record.receipts import Receipt, ReceiptState

#: Bits of ``esm_class``: a receipt, and one from the way.
_RECEIPT = 0x04 | 0x20
_SHORT = re.compile(rb"(?i)\bid:(\S+)\s")
#: Decimal or hexadecimal: a receipt's field has room for ten digits.
_NUMBER = re.compile(r"[0-9A-Fa-f]+")
_STATE = re.compile(rb"(?i)\bstat:\s*(\w+)")
_ERROR = re.compile(rb"(?i)\berr:\s*([0-9a-z]{1,10})\b")
_DONE = re.compile(rb"(?i)\bdone\s+date:\s*(\d{10}|\d{12})\b")
#: By ``message_state``.
_NUMBERS = {
    1: ReceiptState.ENROUTE, 2: ReceiptState.DELIVERED, 3: ReceiptState.EXPIRED, 4: ReceiptState.DELETED,
    5: ReceiptState.UNDELIVERABLE, 6: ReceiptState.ACCEPTED, 7: ReceiptState.UNKNOWN, 8: ReceiptState.REJECTED,
}  # fmt: skip
#: By the first letters of ``stat``: some write seven, some all of them.
_WORDS = {
    "ENROUT": ReceiptState.ENROUTE, "DELIV": ReceiptState.DELIVERED, "EXPIR": ReceiptState.EXPIRED,
    "DELET": ReceiptState.DELETED, "UNDEL": ReceiptState.UNDELIVERABLE, "ACCEP": ReceiptState.ACCEPTED,
    "REJEC": ReceiptState.REJECTED,
}  # fmt: skip


def receipt_of(pdu: Pdu, options: SmppOptions) -> Receipt | None:
    """The receipt in a ``deliver_sm`` or ``data_sm``; None: it is something else, somebody's answer perhaps."""
    fields = Fields(pdu.body)
    fields.text()
    for _ in range(2):
        fields.octet(), fields.octet(), fields.text()
    esm_class, words = fields.octet(), b""
    fields.octets(2)
    if pdu.command == Command.DELIVER_SM:  # what follows the other has in parameters alone (section 4.7.1)
        fields.text(), fields.text()
        fields.octets(4)
        words = fields.octets(fields.octet())
    parameters = fields.parameters()
    if not esm_class & _RECEIPT:
        return None
    words = words or parameters.get(Tag.MESSAGE_PAYLOAD, b"")
    written = _written(words, options)
    named = parameters.get(Tag.RECEIPTED_MESSAGE_ID, b"").rstrip(b"\0").decode("latin-1")
    # The parameter is by definition what the answer said; the text is each SMSC's own.
    ident = message_key(named, options) if named else written
    if not ident:
        return None
    return Receipt(ident, _state(words, parameters), _first(_ERROR, words), _done(_first(_DONE, words)))


def message_key(message_id: str, options: SmppOptions) -> str:
    """What the record knows a message by: the id that the SMSC gave it, made one of this SMSC's (a digest)."""
    return _key(message_id, {ReceiptId.HEX: 10, ReceiptId.DEC: 16}.get(options.receipt_id), options)


def _written(words: bytes, options: SmppOptions) -> str:
    found = _first(_SHORT, words)
    return _key(found, {ReceiptId.HEX: 16, ReceiptId.DEC: 10}.get(options.receipt_id), options) if found else ""


def _key(message_id: str, base: int | None, options: SmppOptions) -> str:
    plain = _plain(message_id.strip(), base, loose=options.receipt_id is ReceiptId.LOOSE)
    return digest("smsc message", options.account, plain)


def _plain(message_id: str, base: int | None, *, loose: bool) -> str:
    """As a number where both spellings are met; else two ids stay two, but for zeros that fill a number's field."""
    if base and message_id.isalnum():  # `int` would take blanks, signs and underscores, too
        with suppress(ValueError):
            return str(int(message_id, base))
    if loose or _NUMBER.fullmatch(message_id):
        message_id = message_id.lstrip("0")
    return message_id.lower() if loose else message_id


def _state(words: bytes, parameters: dict[int, bytes]) -> ReceiptState:
    number = parameters.get(Tag.MESSAGE_STATE, b"")
    if number and number[0] in _NUMBERS:
        return _NUMBERS[number[0]]
    word = _first(_STATE, words).upper()
    return next((state for start, state in _WORDS.items() if word.startswith(start)), ReceiptState.UNKNOWN)


def _done(digits: str) -> str:
    """YYMMDDhhmm as people write it; in whatever zone the SMSC lives."""
    if not digits:
        return ""
    pairs = [digits[at : at + 2] for at in range(0, len(digits), 2)]
    return f"20{pairs[0]}-{pairs[1]}-{pairs[2]} {':'.join(pairs[3:])}"


def _first(pattern: re.Pattern[bytes], words: bytes) -> str:
    found = pattern.search(words)
    return found[1].decode("latin-1") if found else ""
