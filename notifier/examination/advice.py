"""What to do about an outcome, in an operator's words."""

from __future__ import annotations

from notifier.outcome import Reason

ADVICE = {
    Reason.AUTHENTICATION_FAILED: "check username and password (or the token) of its entry",
    Reason.CERTIFICATE_INVALID: "name the authority of its certificate in ca_file (CA_FILE), or mend the certificate",
    Reason.TLS_UNAVAILABLE: "it doesn't offer the TLS that its entry wants: see tls",
    Reason.SENDER_REFUSED: "it doesn't take mails from this sender: see sender",
    Reason.HOST_UNKNOWN: "its name can't be found: check server (URL, SMSC_HOST) and this machine's resolver",
    Reason.CONNECTION_REFUSED: "nobody listens there: check host and port, and that it runs",
    Reason.NETWORK_UNREACHABLE: "there is no route to it from here: check network and firewall",
    Reason.TIMED_OUT: "it doesn't answer in time: check the firewall between, or raise its time-out",
    Reason.NO_ANSWER: "nobody knows whether it was sent: look there before you try again",
    Reason.CONNECTION_LOST: "the connection broke: look into the provider's log",
    Reason.PROVIDER_BROKEN: "mend its entry; `notifier check` shows where",
    Reason.MAILBOX_UNAVAILABLE: "there is no such mailbox: check the address",
    Reason.ADDRESS_INVALID: "that isn't an address or a number that it takes",
    Reason.POLICY_REFUSED: "its rules forbid this: its words say which",
    Reason.GREYLISTED: "it takes no mail from strangers at once: a worker tries again",
    Reason.RATE_LIMITED: "it wants less at a time: see rate",
    Reason.SIGNING_FAILED: "the key or the certificate is no good; `notifier check` shows why",
}


def advice(reason: str) -> str:
    """What to do; empty where the provider's words say it all."""
    return ADVICE.get(Reason(reason), "")
