"""Public fakes: peers that behave as told, or as badly as they can; a faulty network; a clock; the record in memory.

See docs/testing.md.
"""

from notifier.testing.act import Act
from notifier.testing.clock import Clock
from notifier.testing.fault_proxy import FaultProxy, Towards
from notifier.testing.hostile_http import HostileHTTP
from notifier.testing.hostile_smtp import HostileSMTP
from notifier.testing.http_personalities import HTTP_PERSONALITIES, HttpPersonality
from notifier.testing.memory_desk import MemoryDesk
from notifier.testing.memory_floods import MemoryFloods
from notifier.testing.memory_outbox import MemoryOutbox
from notifier.testing.memory_receipts import MemoryReceipts
from notifier.testing.memory_reopenings import MemoryReopenings
from notifier.testing.memory_timeline import MemoryTimeline
from notifier.testing.sms_sink import Answer, ReceivedSms, SmsSink
from notifier.testing.smsc import ReceivedMessage, SmppReply, SmscSink
from notifier.testing.smtp_personalities import SMTP_PERSONALITIES, SmtpPersonality
from notifier.testing.smtp_sink import DROP, HANG, ReceivedMail, SmtpSink

__all__ = [
    "DROP",
    "HANG",
    "HTTP_PERSONALITIES",
    "SMTP_PERSONALITIES",
    "Act",
    "Answer",
    "Clock",
    "FaultProxy",
    "HostileHTTP",
    "HostileSMTP",
    "HttpPersonality",
    "MemoryDesk",
    "MemoryFloods",
    "MemoryOutbox",
    "MemoryReceipts",
    "MemoryReopenings",
    "MemoryTimeline",
    "ReceivedMail",
    "ReceivedMessage",
    "ReceivedSms",
    "SmppReply",
    "SmsSink",
    "SmscSink",
    "SmtpPersonality",
    "SmtpSink",
    "Towards",
]
