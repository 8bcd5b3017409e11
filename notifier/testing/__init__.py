"""Public fakes: peers that behave as told, for tests and for the demo."""

from notifier.testing.sms_sink import Answer, ReceivedSms, SmsSink
from notifier.testing.smtp_sink import DROP, HANG, ReceivedMail, SmtpSink

__all__ = ["DROP", "HANG", "Answer", "ReceivedMail", "ReceivedSms", "SmsSink", "SmtpSink"]
