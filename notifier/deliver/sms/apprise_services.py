"""SMS and push messages through Apprise: dozens of services, each by its URL."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from notifier.configuration import SmsGateway
from notifier.deliver.classify.apprise import classify
from notifier.deliver.provider import Hear, Side, unheard
from notifier.deliver.scrub import echoes, scrub
from notifier.deliver.sms.number import number_of
from notifier.errors import MissingExtra
from notifier.gateways.apprise import AppriseOptions, read
from notifier.model import Delivery
from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason, Rejected, Unsure

# It writes whole URLs into warnings, and with them numbers and tokens.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)


#: Lines of its log that hold our text, or a service's answer to it.
_QUOTING = re.compile(r"payload|response details", re.IGNORECASE)


class AppriseGateway:
    """One service, or several that all get the message; see `notifier.deliver.provider.Provider`."""

    def __init__(self, gateway: SmsGateway, *, hear: Hear = unheard) -> None:
        try:
            import apprise  # noqa: PLC0415 - half a second, and not everybody has it
        except ImportError:
            raise MissingExtra("a gateway of 'apprise'", "apprise") from None
        self._library = apprise
        self._options, _ = read(gateway)
        self._hear = hear
        # What would change a text or a destination is off; logs come to us alone.
        self._asset = apprise.AppriseAsset(
            app_id="token-notifier", app_desc="", app_url="", async_mode=False, secure_logging=True
        )
        self._asset.http_redirects = False

    def send(self, delivery: Delivery) -> Outcome:
        """The message to each service; of several, those that have it can't give it back."""
        number = number_of(delivery.message, self._options.regexp)
        if not isinstance(number, str):
            return number
        outcomes = [self._one(url, number, delivery) for url in self._options.filled(number)]
        failed = [outcome for outcome in outcomes if not isinstance(outcome, Accepted)]
        if not failed:
            return Accepted("taken")
        if len(failed) < len(outcomes) and not isinstance(failed[0], Unsure):
            taken = len(outcomes) - len(failed)
            return Unsure(failed[0].reason, f"{taken} of {len(outcomes)} services have it; {failed[0].detail}")
        return failed[0]

    def services(self, number: str) -> Sequence[str]:
        """The services' names, in order; empty for a URL that Apprise can't use. Nothing is sent."""
        with _overheard():
            found = [self._service(url) for url in self._options.filled(number)]
        return ["" if service is None else str(service.service_name) for service in found]

    def close(self) -> None:
        """Nothing is kept: each message has a URL of its own."""

    def _one(self, url: str, number: str, delivery: Delivery) -> Outcome:
        text = delivery.message.body
        hidden = (number, *delivery.message.to, *_secrets(url, self._options))
        with _overheard() as heard:
            service = self._service(url)
            if service is None:
                return Misconfigured(Reason.PROVIDER_BROKEN, "a URL that Apprise can't use; is its form right?")
            if heard.complaint and quote(number, safe="") in url:
                # A service that doesn't like a number leaves it out; with none left, some write to their own sender.
                said = scrub(heard.complaint, hidden)
                if _mentions(heard.complaint, number):
                    return Rejected(Reason.ADDRESS_INVALID, said)
                return Misconfigured(Reason.PROVIDER_BROKEN, said)
            self._hear(Side.US, f"{service.service_name}: {text}")
            taken = service.notify(body=text, title=self._options.title, body_format="text")
        if self._hear is not unheard:
            for line in heard.lines:
                self._hear(Side.PEER, line)
        if taken:
            return Accepted("taken")
        said = heard.complaint
        # What we say and what is said back may hold any words; only what the library says of it counts.
        lines = [line for line in heard.lines if not _QUOTING.search(line)]
        outcome = classify(lines, scrub(said, (*hidden, *echoes(said, [text]))))
        if len(service) > 1 and not _was_no_connection(outcome):
            return Unsure(outcome.reason, f"some of its {len(service)} targets may have it; {outcome.detail}")
        return outcome

    def _service(self, url: str) -> Any:
        service = self._library.Apprise.instantiate(url, asset=self._asset)
        if service is not None:
            for name in ("socket_connect_timeout", "socket_read_timeout"):
                setattr(service, name, self._options.timeout)
        return service


def _mentions(complaint: str, number: str) -> bool:
    """Whether it is about this number, or about one of several; else it is about what the operator wrote."""
    parts = filter(None, {number.strip(), *re.split(r"[\s,]+", number)})
    return any(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", complaint) for part in parts)


def _was_no_connection(outcome: Outcome) -> bool:
    """Nobody was reached: none of several has it."""
    return isinstance(outcome, Misconfigured) or (isinstance(outcome, Deferred) and outcome.provider_failed)


@contextmanager
def _overheard() -> Iterator[_Listener]:
    """What Apprise logs meanwhile in this thread; nobody else gets it, for it holds tokens, numbers and texts."""
    log = logging.getLogger("apprise")
    log.propagate = False
    log.setLevel(logging.DEBUG)
    listener = _Listener()
    log.addHandler(listener)
    try:
        yield listener
    finally:
        log.removeHandler(listener)


class _Listener(logging.Handler):
    """Keeps what its own thread says."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        #: What people should see.
        self.complaint = ""
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.lines.append(record.getMessage())
            if record.levelno >= logging.WARNING:
                self.complaint = "; ".join(filter(None, (self.complaint, self.lines[-1])))


def _secrets(url: str, options: AppriseOptions) -> Sequence[str]:
    """All parts of a URL but its kind: each may be a token."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return (url,)
    login = (parts.username or "", parts.password or "", host)
    values = [value for _, value in parse_qsl(parts.query)]
    found = (*login, *parts.netloc.replace("@", ":").split(":"), *parts.path.split("/"), *values, options.title)
    return [*found, *map(unquote, found)]
