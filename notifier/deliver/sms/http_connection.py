"""The way to an HTTP gateway and back: how far a request came, and an answer that has an end.

Whether a request was sent decides between *deferred* and *unsure*. An exception of requests doesn't tell: a connection
reset in the TLS handshake looks like one reset after the request. So the connection itself keeps note.
"""

from __future__ import annotations

import http.client
import io
import logging
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import PoolManager

from notifier.deliver.classify import network
from notifier.deliver.patience import AnswerTooLong, PatientReader
from notifier.deliver.provider import Hear, Side, unheard
from notifier.outcome import Deferred, Misconfigured, Outcome, Reason, Unsure

# It writes whole URLs into warnings, and with them numbers and codes.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)

#: Of an answer that isn't one: not HTTP, no sensible headers, not in the encoding that it says.
_NONSENSE = (http.client.HTTPException, AnswerTooLong, requests.exceptions.ContentDecodingError)
_CUT_OFF = (http.client.RemoteDisconnected, http.client.IncompleteRead)


#: Headers that tell a secret; a conversation doesn't show them.
_SECRET_HEADERS = re.compile(r"(?im)^((?:proxy-)?authorization|cookie):.*$")
#: No more of a request's body, or of an answer, is told to who listens.
_MOST_HEARD = 2000


@dataclass(slots=True)
class Exchange:
    """One request and its answer."""

    #: Told what is said, if anybody listens.
    hear: Hear = unheard
    #: All of the request was sent: from here on nobody knows what the gateway made of it.
    asked: bool = False
    cut_off: bool = False

    def begin(self) -> None:
        """Another request."""
        self.asked = self.cut_off = False

    def tell(self, side: Side, words: bytes | str) -> None:
        """What is said, line by line."""
        if self.hear is unheard:
            return
        text = words[:_MOST_HEARD].decode("utf-8", "replace") if isinstance(words, bytes) else words[:_MOST_HEARD]
        for line in _SECRET_HEADERS.sub(r"\1: ***", text.replace("\r\n", "\n")).split("\n"):
            if line:
                self.hear(side, line)


class _Answer(http.client.HTTPResponse):
    """Read with patience, and not for ever."""

    exchange: Exchange

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self._reader = PatientReader(sock)
        self.fp = io.BufferedReader(self._reader)

    def begin(self) -> None:
        """Read status and headers.

        Raises:
            IncompleteRead: They have no end. http.client would take the answer for whole, and its text for empty.
        """
        super().begin()
        if self._reader.ended:
            raise http.client.IncompleteRead(b"")
        if self.exchange.hear is not unheard:
            headers = "".join(f"\n{name}: {value}" for name, value in self.headers.items())
            self.exchange.tell(Side.PEER, f"HTTP/{self.version / 10} {self.status} {self.reason}{headers}")


class _Noting(http.client.HTTPConnection):
    """Notes in an exchange how far it came."""

    exchange: Exchange

    def connect(self) -> None:
        self.exchange.tell(Side.NOTE, f"connecting to {self.host}:{self.port}")
        super().connect()
        if isinstance(self.sock, ssl.SSLSocket):
            self.exchange.tell(Side.NOTE, f"{self.sock.version()}, {(self.sock.cipher() or ('?',))[0]}")

    def send(self, data: Any) -> None:
        try:
            super().send(data)
            self.exchange.tell(Side.US, data if isinstance(data, bytes | str) else "...")
        except OSError:
            # urllib3 looks for an answer all the same; a request that wasn't sent whole is none.
            self.exchange.cut_off = True
            raise

    def getresponse(self) -> Any:
        self.exchange.asked = not self.exchange.cut_off
        return super().getresponse()


class PatientAdapter(HTTPAdapter):
    """Connections that note how far an exchange came, without retries of their own."""

    def __init__(self, exchange: Exchange) -> None:
        answer = type("_AnswerHere", (_Answer,), {"exchange": exchange})
        noting = {"exchange": exchange, "response_class": answer}
        plain = type("_Plain", (_Noting, HTTPConnection), noting)
        secure = type("_Secure", (_Noting, HTTPSConnection), noting)
        self._pools = {
            "http": type("_PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("_SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """As the base, with our connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> PoolManager:
        """As the base, with our connections."""
        manager: PoolManager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


def failure(error: Exception, exchange: Exchange) -> Outcome:
    """The outcome of a request without an answer, or with half of one."""
    causes = list(_causes(error))
    if exchange.asked:
        if any(isinstance(c, _NONSENSE) and not isinstance(c, _CUT_OFF) for c in causes):
            return Unsure(Reason.UNEXPECTED_ANSWER, "the request was sent, and what came back is no HTTP")
        if any(isinstance(c, TimeoutError) or type(c).__name__ == "ReadTimeoutError" for c in causes):
            return Unsure(Reason.NO_ANSWER, "the request was sent, and no whole answer came")
        return Unsure(Reason.CONNECTION_LOST, "the connection was lost after the request was sent")
    if isinstance(error, requests.Timeout):
        return Deferred(Reason.TIMED_OUT, "no connection in time", provider_failed=True)
    if isinstance(error, requests.exceptions.ProxyError):
        return Deferred(Reason.CONNECTION_REFUSED, "the proxy gives no way", provider_failed=True)
    if isinstance(error, requests.ConnectionError):
        original = next((c for c in causes if _is_the_system_s(c)), error)
        return network.classify(original)
    return Misconfigured(Reason.PROVIDER_BROKEN, f"the request can't be made: {type(error).__name__}")


def _is_the_system_s(cause: BaseException) -> bool:
    return isinstance(cause, OSError) and not isinstance(cause, requests.RequestException)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and those behind it: requests and urllib3 put them in different places."""
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        seen.append(cause)
        yield cause
        inner = next((a for a in cause.args if isinstance(a, BaseException)), None)
        cause = getattr(cause, "reason", None) or inner or cause.__cause__ or cause.__context__
        cause = cause if isinstance(cause, BaseException) else None
