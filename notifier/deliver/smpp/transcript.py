"""A PDU in words, for who listens to the conversation."""

from __future__ import annotations

from notifier.deliver.classify.smpp import words
from notifier.deliver.smpp.pdu import Command, Fields, Pdu


def described(pdu: Pdu) -> str:
    """Its name, number and status, and of some the fields that matter. A password never."""
    line = f"{pdu.name} sequence={pdu.sequence}"
    if pdu.is_answer:
        line += f" status={words(pdu.status) if pdu.status else 'ok'}"
    kind = _FIELDS.get(pdu.command)
    return f"{line} {kind(Fields(pdu.body))}" if kind else line


def _bind(fields: Fields) -> str:
    system_id, _, system_type = fields.text(), fields.text(), fields.text()
    return f"system_id={system_id} password=*** system_type={system_type or '-'}"


def _message(fields: Fields) -> str:
    service = fields.text()
    source, destination = _address(fields), _address(fields)
    esm_class, _, _ = fields.octet(), fields.octet(), fields.octet()
    _, validity = fields.text(), fields.text()
    receipt, _, coding, _ = (fields.octet() for _ in range(4))
    length = fields.octet()
    more = f" service={service}" if service else ""
    more += f" validity={validity}" if validity else ""
    return (
        f"from={source} to={destination} esm_class=0x{esm_class:02x} data_coding=0x{coding:02x}"
        f" registered_delivery={receipt} octets={length}{more}"
    )


def _address(fields: Fields) -> str:
    ton, npi, address = fields.octet(), fields.octet(), fields.text()
    return f"{address or '-'} (ton {ton}, npi {npi})"


def _answer(fields: Fields) -> str:
    return f"message_id={fields.text() or '-'}"


_FIELDS = {
    Command.BIND_TRANSMITTER: _bind,
    Command.BIND_TRANSCEIVER: _bind,
    Command.SUBMIT_SM: _message,
    Command.DELIVER_SM: _message,
    Command.SUBMIT_SM | 0x80000000: _answer,
}
