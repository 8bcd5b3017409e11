"""SMS through an HTTP gateway, with the parameters of the system taken over (reference section 5.3)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth

from notifier.configuration import SmsGateway
from notifier.deliver.classify import network
from notifier.deliver.classify.http import classify
from notifier.deliver.scrub import scrub
from notifier.deliver.sms.number import mangle
from notifier.model import Delivery
from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason, Rejected, Unsure

#: Options with a meaning of their own; every other one is sent as a parameter.
OWN = (
    "URL", "HTTP_METHOD", "CHECK_SSL", "SEND_DATA_AS_JSON", "USERNAME", "PASSWORD", "RETURN_SUCCESS", "RETURN_FAIL",
    "TIMEOUT", "HTTP_PROXY", "HTTPS_PROXY", "PROXY", "REGEXP",
)  # fmt: skip
DEFAULT_TIMEOUT = 3.0


class HttpGateway:
    """One gateway; see `notifier.deliver.provider.Provider`."""

    def __init__(self, gateway: SmsGateway) -> None:
        self._broken = gateway.broken
        self._own = {name.upper(): value for name, value in gateway.options.items() if name.upper() in OWN}
        self._parameters = {n: _parse(v) for n, v in gateway.options.items() if n.upper() not in OWN}
        self._headers = dict(gateway.headers)
        self._session: requests.Session | None = None
        try:
            self._timeout = float(self._own.get("TIMEOUT") or DEFAULT_TIMEOUT)
        except ValueError:
            self._timeout = DEFAULT_TIMEOUT
            self._broken = self._broken or "TIMEOUT is not a number of seconds"
        if not self._own.get("URL"):
            self._broken = self._broken or "the option URL is missing"

    def send(self, delivery: Delivery) -> Outcome:
        """One request; its answer decides."""
        if self._broken:
            return Misconfigured(Reason.PROVIDER_BROKEN, self._broken)
        message = delivery.message
        numbers = [mangle(number, self._own.get("REGEXP", "")) for number in message.to]
        parameters = {n: _insert(v, numbers[0], message.body) for n, v in self._parameters.items()}
        try:
            answer = self._request(parameters)
        except (requests.ConnectTimeout, requests.exceptions.ProxyError):
            return Deferred(Reason.TIMED_OUT, "no connection in time", provider_failed=True)
        except requests.ReadTimeout:
            return Unsure(Reason.NO_ANSWER, "the request was sent, and no answer came")
        except requests.ConnectionError as error:
            return _connection_error(error)
        except (requests.RequestException, UnicodeError) as error:
            return Misconfigured(Reason.PROVIDER_BROKEN, f"the request can't be made: {type(error).__name__}")
        return self._judge(answer)

    def close(self) -> None:
        """Let go of the kept connections."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _request(self, parameters: Mapping[str, Any]) -> requests.Response:
        own = self._own
        post = own.get("HTTP_METHOD", "GET").upper() == "POST"
        as_json = post and own.get("SEND_DATA_AS_JSON", "no").lower() == "yes"
        return self._open().request(
            "POST" if post else "GET",
            own["URL"],
            params=None if post else parameters,
            json=parameters if as_json else None,
            data=parameters if post and not as_json else None,
            headers=self._headers,
            auth=_auth(own),
            verify=own.get("CHECK_SSL", "yes").lower() == "yes",
            proxies=_proxies(own),
            timeout=(self._timeout, self._timeout),
            allow_redirects=False,
        )

    def _open(self) -> requests.Session:
        if self._session is None:
            self._session = requests.Session()
            self._session.trust_env = False  # proxies and credentials come from the configuration alone
            for scheme in ("http://", "https://"):
                self._session.mount(scheme, HTTPAdapter(max_retries=0))
        return self._session

    def _judge(self, answer: requests.Response) -> Outcome:
        outcome = classify(answer.status_code, answer.headers)
        if not isinstance(outcome, Accepted):
            return outcome
        success, failure = self._own.get("RETURN_SUCCESS"), self._own.get("RETURN_FAIL")
        if success and success not in answer.text:
            return Rejected(Reason.REFUSED, f"{outcome.detail}, but not RETURN_SUCCESS: {scrub(answer.text[:200])}")
        if not success and failure and failure in answer.text:
            return Rejected(Reason.REFUSED, f"{outcome.detail}, but RETURN_FAIL: {scrub(answer.text[:200])}")
        return outcome


def _parse(value: str) -> Any:
    """A value that is JSON is sent as such; parsed before number and text are put in, so they stay texts."""
    try:
        return json.loads(value)
    except ValueError:
        return value


def _insert(value: Any, number: str, text: str) -> Any:
    if isinstance(value, str):
        # In one pass: a text that holds {phone} is left as it is.
        return "".join({"{otp}": text, "{phone}": number}.get(piece, piece) for piece in _pieces(value))
    if isinstance(value, list):
        return [_insert(item, number, text) for item in value]
    if isinstance(value, dict):
        return {key: _insert(item, number, text) for key, item in value.items()}
    return value


def _pieces(text: str) -> list[str]:
    pieces = [text]
    for tag in ("{otp}", "{phone}"):
        split = []
        for piece in pieces:
            parts = piece.split(tag) if piece not in ("{otp}", "{phone}") else [piece]
            for i, part in enumerate(parts):
                split.extend([tag, part] if i else [part])
        pieces = split
    return pieces


def _auth(own: Mapping[str, str]) -> HTTPBasicAuth | None:
    user = own.get("USERNAME")
    if not user or "PASSWORD" not in own:
        return None
    return HTTPBasicAuth(user.encode(), own["PASSWORD"].encode())  # as bytes, so that UTF-8 is sent


def _proxies(own: Mapping[str, str]) -> dict[str, str]:
    proxies = {s: own[f"{s.upper()}_PROXY"] for s in ("http", "https") if own.get(f"{s.upper()}_PROXY")}
    if not proxies and own.get("PROXY"):
        proxies[own["PROXY"].partition(":")[0]] = own["PROXY"]
    return proxies


def _connection_error(error: requests.ConnectionError) -> Outcome:
    """Before or after the request was sent? What says "aborted" had a connection."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        inner = next((a for a in cause.args if isinstance(a, BaseException)), None)
        cause = getattr(cause, "reason", None) or inner or cause.__cause__ or cause.__context__
        cause = cause if isinstance(cause, BaseException) else None
    names = {type(c).__name__ for c in causes}
    if names & {"RemoteDisconnected", "ConnectionResetError", "BrokenPipeError", "IncompleteRead"}:
        return Unsure(Reason.NO_ANSWER, "the connection was lost after the request was sent")
    original = next(
        (c for c in causes if isinstance(c, OSError) and not isinstance(c, requests.RequestException)), error
    )
    return network.classify(original)
