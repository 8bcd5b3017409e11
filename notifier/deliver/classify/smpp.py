"""An SMSC's ``command_status`` to outcomes: a table (SMPP 3.4 section 5.1.3).

Codes from 0x400 to 0x4FF are each SMSC's own. What isn't in the table is deferred: most of those that are met say
that something there is busy, and the attempts are counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from notifier.outcome import Deferred, Misconfigured, Outcome, Reason, Rejected, Throttled

OK = 0x00
ALREADY_BOUND = 0x05
THROTTLED = 0x58
#: How long an SMSC that takes no more now is left alone; it doesn't say. Its allowance is one of messages a second.
PAUSE = timedelta(seconds=2)
Kind = type[Rejected] | type[Deferred] | type[Throttled] | type[Misconfigured]


@dataclass(frozen=True, slots=True)
class Row:
    """What a status means."""

    #: As the specification calls it.
    name: str
    kind: Kind
    reason: Reason
    #: What to do about it.
    advice: str = ""


TABLE: Mapping[int, Row] = {
    # What we wrote isn't what this SMSC reads: it will not read it later, either.
    0x01: Row("ESME_RINVMSGLEN", Rejected, Reason.TOO_LARGE, "another LONG may help"),
    0x02: Row("ESME_RINVCMDLEN", Rejected, Reason.REFUSED),
    0x03: Row("ESME_RINVCMDID", Misconfigured, Reason.PROVIDER_BROKEN, "another BIND may help"),
    # Not bound, or not as somebody who may send: our bind is worth nothing.
    0x04: Row("ESME_RINVBNDSTS", Deferred, Reason.TEMPORARY_FAILURE),
    ALREADY_BOUND: Row("ESME_RALYBND", Misconfigured, Reason.PROVIDER_BROKEN,
              "this account is bound already: let it have more binds, or set max_connections: 1 and IDLE: 1"),
    0x06: Row("ESME_RINVPRTFLG", Misconfigured, Reason.PROVIDER_BROKEN),
    0x07: Row("ESME_RINVREGDLVFLG", Misconfigured, Reason.PROVIDER_BROKEN, "RECEIPTS: no may help"),
    0x08: Row("ESME_RSYSERR", Deferred, Reason.TEMPORARY_FAILURE),
    0x0A: Row("ESME_RINVSRCADR", Misconfigured, Reason.SENDER_REFUSED, "see S_ADDR"),
    0x0B: Row("ESME_RINVDSTADR", Rejected, Reason.ADDRESS_INVALID),
    0x0D: Row("ESME_RBINDFAIL", Misconfigured, Reason.AUTHENTICATION_FAILED, "see SYSTEM_ID, PASSWORD, SYSTEM_TYPE"),
    0x0E: Row("ESME_RINVPASWD", Misconfigured, Reason.AUTHENTICATION_FAILED, "see PASSWORD"),
    0x0F: Row("ESME_RINVSYSID", Misconfigured, Reason.AUTHENTICATION_FAILED, "see SYSTEM_ID"),
    # Of all its messages or of one phone's, nobody knows: the message waits, not the others.
    0x14: Row("ESME_RMSGQFUL", Deferred, Reason.RATE_LIMITED),
    0x15: Row("ESME_RINVSERTYP", Misconfigured, Reason.PROVIDER_BROKEN),
    0x33: Row("ESME_RINVNUMDESTS", Rejected, Reason.REFUSED),
    0x40: Row("ESME_RINVDESTFLAG", Rejected, Reason.REFUSED),
    0x43: Row("ESME_RINVESMCLASS", Rejected, Reason.REFUSED, "another LONG may help"),
    0x45: Row("ESME_RSUBMITFAIL", Deferred, Reason.TEMPORARY_FAILURE),
    0x48: Row("ESME_RINVSRCTON", Misconfigured, Reason.SENDER_REFUSED, "see S_ADDR_TON"),
    0x49: Row("ESME_RINVSRCNPI", Misconfigured, Reason.SENDER_REFUSED, "see S_ADDR_NPI"),
    0x50: Row("ESME_RINVDSTTON", Misconfigured, Reason.PROVIDER_BROKEN, "see D_ADDR_TON"),
    0x51: Row("ESME_RINVDSTNPI", Misconfigured, Reason.PROVIDER_BROKEN, "see D_ADDR_NPI"),
    0x53: Row("ESME_RINVSYSTYP", Misconfigured, Reason.AUTHENTICATION_FAILED, "see SYSTEM_TYPE"),
    THROTTLED: Row("ESME_RTHROTTLED", Throttled, Reason.RATE_LIMITED),
    0x61: Row("ESME_RINVSCHED", Misconfigured, Reason.PROVIDER_BROKEN),
    0x62: Row("ESME_RINVEXPIRY", Misconfigured, Reason.PROVIDER_BROKEN, "see VALIDITY"),
    0x64: Row("ESME_RX_T_APPN", Deferred, Reason.TEMPORARY_FAILURE),
    0x65: Row("ESME_RX_P_APPN", Rejected, Reason.REFUSED),
    0x66: Row("ESME_RX_R_APPN", Rejected, Reason.REFUSED),
    # A parameter it doesn't know, or not like this: those of LONG are the only ones we send.
    0xC0: Row("ESME_RINVOPTPARSTREAM", Misconfigured, Reason.PROVIDER_BROKEN, "LONG: udh may help"),
    0xC1: Row("ESME_ROPTPARNOTALLWD", Misconfigured, Reason.PROVIDER_BROKEN, "LONG: udh may help"),
    0xC2: Row("ESME_RINVPARLEN", Misconfigured, Reason.PROVIDER_BROKEN, "LONG: udh may help"),
    0xC3: Row("ESME_RMISSINGOPTPARAM", Misconfigured, Reason.PROVIDER_BROKEN, "LONG: udh may help"),
    0xC4: Row("ESME_RINVOPTPARAMVAL", Misconfigured, Reason.PROVIDER_BROKEN, "LONG: udh may help"),
    0xFE: Row("ESME_RDELIVERYFAILURE", Deferred, Reason.TEMPORARY_FAILURE),
    0xFF: Row("ESME_RUNKNOWNERR", Deferred, Reason.TEMPORARY_FAILURE),
    # SMPP 5.0 section 4.7.6.
    0x100: Row("ESME_RSERTYPUNAUTH", Misconfigured, Reason.PROVIDER_BROKEN),
    0x101: Row("ESME_RPROHIBITED", Misconfigured, Reason.AUTHENTICATION_FAILED, "the account may not do this"),
    0x102: Row("ESME_RSERTYPUNAVAIL", Misconfigured, Reason.PROVIDER_BROKEN),
    0x103: Row("ESME_RSERTYPDENIED", Misconfigured, Reason.PROVIDER_BROKEN),
    0x104: Row("ESME_RINVDCS", Rejected, Reason.CONTENT_REFUSED, "see ENCODING"),
    0x105: Row("ESME_RINVSRCADDRSUBUNIT", Misconfigured, Reason.SENDER_REFUSED),
}  # fmt: skip

#: Of a message with a moment of its own after which it is worth nothing: whoever refuses that refuses it, and no other.
EXPIRING: Mapping[int, Row] = {
    **TABLE,
    0x62: Row(
        "ESME_RINVEXPIRY", Rejected, Reason.REFUSED, "see expires_after of the definition, and this host's clock"
    ),
}


def classify(status: int, *, table: Mapping[int, Row] = TABLE) -> Outcome:
    """The outcome of a refused message."""
    row = table.get(status)
    if row is None:
        return Deferred(Reason.TEMPORARY_FAILURE, f"status 0x{status:08X}")
    detail = words(status, table=table)
    if row.kind is Throttled:
        return Throttled(PAUSE, row.reason, detail)
    if row.kind is Deferred:
        return Deferred(row.reason, detail)
    return Rejected(row.reason, detail) if row.kind is Rejected else Misconfigured(row.reason, detail)


def bind_refusal(status: int, *, handover: bool = False) -> Outcome:
    """The outcome of a refused bind: the provider's, not a message's.

    Args:
        status: Why.
        handover: A bind of ours may just be about to be given back.
    """
    if handover and status == ALREADY_BOUND:
        return Throttled(PAUSE, Reason.TEMPORARY_FAILURE, words(status))
    outcome = classify(status)
    if isinstance(outcome, Misconfigured | Throttled):
        return outcome
    reason = outcome.reason if isinstance(outcome, Deferred) else Reason.TEMPORARY_FAILURE
    return Deferred(reason, outcome.detail, provider_failed=True)


def words(status: int, *, table: Mapping[int, Row] = TABLE) -> str:
    """The status for people: its number, its name, what to do."""
    row = table.get(status)
    named = f"0x{status:02X}" + (f" {row.name}" if row else "")
    return f"{named}; {row.advice}" if row and row.advice else named
