"""The options of ``provider: smpp`` (reference section 5.6, and ours)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from notifier.configuration import LONGEST_SMS_TIMEOUT, Secret, SmsGateway
from notifier.gateways.reading import OptionProblem, OptionReader
from notifier.model import digest

TIMEOUT, SHORTEST_TIMEOUT = 10.0, 0.05
ENQUIRE_LINK, LONGEST_ENQUIRE = 30.0, 3600.0
WINDOW, LARGEST_WINDOW = 10, 1000
DAY = 86400.0
#: What the fields of the protocol hold (SMPP 3.4 sections 4.1 and 4.4), without the closing zero.
#: A password has 8 by the protocol; many SMSCs take more, and its length is nobody's business.
LONGEST_SYSTEM_ID, LONGEST_SYSTEM_TYPE, LONGEST_ADDRESS = 15, 12, 20


class BindAs(StrEnum):
    """What we are to the SMSC."""

    #: Sends, and gets receipts.
    TRANSCEIVER = "transceiver"
    TRANSMITTER = "transmitter"


class Long(StrEnum):
    """How a text of several segments is sent."""

    #: Each segment with a user data header in front.
    UDH = "udh"
    #: Whole, in the parameter ``message_payload``: the SMSC divides it.
    PAYLOAD = "payload"
    #: Each segment with the parameters ``sar_*``: the SMSC writes the headers.
    SAR = "sar"


class Wording(StrEnum):
    """Which encoding texts are sent in."""

    #: The cheapest that has all characters.
    AUTO = "auto"
    GSM7 = "gsm7"
    UCS2 = "ucs2"


class Alphabet(StrEnum):
    """What the SMSC takes ``data_coding`` 0 for."""

    #: The GSM alphabet, a septet in each octet.
    GSM7 = "gsm7"
    LATIN1 = "latin1"


class ReceiptId(StrEnum):
    """How a receipt writes the id that the answer to the message has told."""

    SAME = "same"
    #: The same, but for the case of its letters and zeros in front.
    LOOSE = "loose"
    #: In hexadecimal, where the answer had a decimal number.
    HEX = "hex"
    #: The other way round.
    DEC = "dec"


@dataclass(frozen=True, slots=True)
class Numbering:
    """Type of number and numbering plan of an address."""

    ton: int
    npi: int


@dataclass(frozen=True, slots=True)
class SmppOptions:
    """Where the SMSC is, who we are there, and how messages are written."""

    host: str
    port: int
    system_id: str = field(repr=False)
    password: Secret
    system_type: str
    sender: str
    source: Numbering
    destination: Numbering
    regexp: str
    tls: bool
    check_ssl: bool
    ca_file: str
    bind: BindAs
    #: So many messages are under way at once.
    window: int
    #: Seconds for each answer.
    timeout: float
    #: After so many seconds of silence we ask whether the other side is there.
    enquire_link: float
    #: A bind is given back after so many seconds without a message; 0: never.
    idle: float
    long: Long
    wording: Wording
    alphabet: Alphabet
    #: So many seconds the SMSC tries; 0: as long as it pleases.
    validity: float
    receipts: bool
    receipt_id: ReceiptId

    @property
    def account(self) -> str:
        """Names whose messages these are, by a digest: receipts come to any bind of an account."""
        return digest("smsc", self.host.lower(), str(self.port), self.system_id)


def read(gateway: SmsGateway) -> tuple[SmppOptions, Sequence[OptionProblem]]:
    """The options, and all that is wrong with them."""
    reader = OptionReader(gateway.options)
    options = SmppOptions(
        host=reader.text("SMSC_HOST", required=True).strip(),
        port=_port(reader),
        system_id=_ascii(reader, "SYSTEM_ID", LONGEST_SYSTEM_ID),
        password=Secret(_ascii(reader, "PASSWORD")),
        system_type=_ascii(reader, "SYSTEM_TYPE", LONGEST_SYSTEM_TYPE),
        sender=_ascii(reader, "S_ADDR", LONGEST_ADDRESS),
        source=Numbering(_octet(reader, "S_ADDR_TON"), _octet(reader, "S_ADDR_NPI")),
        destination=Numbering(_octet(reader, "D_ADDR_TON"), _octet(reader, "D_ADDR_NPI")),
        regexp=reader.text("REGEXP"),
        tls=reader.flag("TLS", default=False),
        check_ssl=reader.flag("CHECK_SSL", default=True),
        ca_file=reader.text("CA_FILE"),
        bind=BindAs(reader.choice("BIND", tuple(BindAs), BindAs.TRANSCEIVER)),
        window=int(reader.number("WINDOW", WINDOW, least=1, most=LARGEST_WINDOW)),
        timeout=reader.number("TIMEOUT", TIMEOUT, least=SHORTEST_TIMEOUT, most=LONGEST_SMS_TIMEOUT),
        enquire_link=reader.number("ENQUIRE_LINK", ENQUIRE_LINK, least=SHORTEST_TIMEOUT, most=LONGEST_ENQUIRE),
        idle=reader.number("IDLE", 0, least=0, most=DAY),
        long=Long(reader.choice("LONG", tuple(Long), Long.UDH)),
        wording=Wording(reader.choice("ENCODING", tuple(Wording), Wording.AUTO)),
        alphabet=Alphabet(reader.choice("DEFAULT_ALPHABET", tuple(Alphabet), Alphabet.GSM7)),
        validity=reader.number("VALIDITY", 0, least=0, most=63 * DAY),
        receipts=reader.flag("RECEIPTS", default=False),
        receipt_id=ReceiptId(reader.choice("RECEIPT_ID", tuple(ReceiptId), ReceiptId.SAME)),
    )
    _doubts(options, reader)
    return options, reader.problems


def _doubts(options: SmppOptions, reader: OptionReader) -> None:
    if options.receipts and options.bind is BindAs.TRANSMITTER:
        reader.wrong("RECEIPTS", "needs BIND: transceiver", "a transmitter is told nothing later")
    if options.ca_file and not options.tls:
        reader.doubtful("CA_FILE", "means nothing without TLS: yes")
    for name in reader.rest:
        reader.doubtful(name, "is none of an SMPP gateway's")


def _port(reader: OptionReader) -> int:
    text = reader.text("SMSC_PORT", required=True)
    return int(reader.number("SMSC_PORT", 0, least=1, most=65535)) if text else 0


def _octet(reader: OptionReader, name: str) -> int:
    """Decimal, or hexadecimal with or without 0x; what is neither counted as 0 in the system taken over."""
    text = reader.text(name).strip()
    for base in (10, 16):
        try:
            number = int(text or "0", base)
        except ValueError:
            continue
        if 0 <= number <= 255:
            return number
    reader.doubtful(name, "is no number from 0 to 255, and counts as 0", "write it decimal (5) or hexadecimal (0x5)")
    return 0


def _ascii(reader: OptionReader, name: str, longest: int | None = None) -> str:
    text = reader.text(name)
    if not text.isascii() or "\0" in text:
        reader.wrong(name, "must be plain ASCII: the protocol knows nothing else")
        return ""
    if longest is not None and len(text) > longest:
        reader.doubtful(name, f"has more than the {longest} characters of the protocol; few SMSCs take it")
    return text
