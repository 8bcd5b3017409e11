"""SMS through an HTTP gateway, with the parameters of the system taken over (reference section 5.3)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import requests
from requests.auth import HTTPBasicAuth
from urllib3.exceptions import HTTPError

from notifier.configuration import SmsGateway
from notifier.deliver.classify.http import classify
from notifier.deliver.provider import Hear, unheard
from notifier.deliver.scrub import echoes, scrub
from notifier.deliver.sms.http_connection import Exchange, PatientAdapter, failure
from notifier.deliver.sms.number import mangle
from notifier.errors import PatternTooSlow
from notifier.model import Delivery
from notifier.outcome import Accepted, Misconfigured, Outcome, Reason, Rejected

#: Options with a meaning of their own; every other one is sent as a parameter.
OWN = (
    "URL", "HTTP_METHOD", "CHECK_SSL", "CA_FILE", "SEND_DATA_AS_JSON", "USERNAME", "PASSWORD", "RETURN_SUCCESS",
    "RETURN_FAIL", "TIMEOUT", "HTTP_PROXY", "HTTPS_PROXY", "PROXY", "REGEXP",
)  # fmt: skip
DEFAULT_TIMEOUT = 3.0
LONGEST_TIMEOUT = 600.0
#: No more of an answer is read; RETURN_SUCCESS and RETURN_FAIL are looked for in it.
LONGEST_ANSWER = 64 * 1024
_ERRORS = (requests.RequestException, HTTPError, ValueError, OSError)  # OSError: CA_FILE can't be read
_YES = ("yes", "true", "1", "on")
_TAG = re.compile(r"\{(?:phone|otp)\}")


class HttpGateway:
    """One gateway; see `notifier.deliver.provider.Provider`."""

    def __init__(self, gateway: SmsGateway, *, hear: Hear = unheard) -> None:
        self._hear = hear
        own = _own(gateway.options)
        self._own = {own[n]: v for n, v in gateway.options.items() if n in own and v}
        self._parameters = {n: _parse(v) for n, v in gateway.options.items() if n not in own}
        self._headers = dict(gateway.headers)
        self._session: requests.Session | None = None
        self._exchange = Exchange()
        self._timeout = _timeout(self._own.get("TIMEOUT", ""))
        self._broken = gateway.broken
        if not self._broken and "URL" not in self._own:
            self._broken = "the option URL is missing"
        if not self._broken and not self._timeout:
            self._broken = f"TIMEOUT is not a number of seconds up to {LONGEST_TIMEOUT:.0f}"

    def send(self, delivery: Delivery) -> Outcome:
        """One request; its answer decides."""
        message = delivery.message
        if self._broken:
            return Misconfigured(Reason.PROVIDER_BROKEN, self._broken)
        if len(message.to) != 1 or not message.to[0].strip():
            return Rejected(Reason.ADDRESS_INVALID, "an SMS needs exactly one number")
        try:
            number = mangle(message.to[0], self._own.get("REGEXP", ""))
        except PatternTooSlow as error:
            return Misconfigured(Reason.PATTERN_TOO_SLOW, f"the option REGEXP: {error.detail}")
        parameters = {n: _insert(v, number, message.body) for n, v in self._parameters.items()}
        self._exchange.begin()
        try:
            return self._judge(self._request(parameters), (number, *message.to), message.body)
        except _ERRORS as error:
            return failure(error, self._exchange)

    def close(self) -> None:
        """Let go of the kept connections."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _request(self, parameters: Mapping[str, Any]) -> requests.Response:
        own = self._own
        post = own.get("HTTP_METHOD", "GET").strip().upper() == "POST"
        as_json = post and own.get("SEND_DATA_AS_JSON", "no").lower() in _YES
        return self._open().request(
            "POST" if post else "GET",
            own["URL"],
            params=None if post else parameters,
            json=parameters if as_json else None,
            data=parameters if post and not as_json else None,
            headers=self._headers,
            auth=_auth(own),
            verify=own.get("CHECK_SSL", "yes").lower() in _YES and own.get("CA_FILE", True),
            proxies=_proxies(own),
            timeout=(self._timeout, self._timeout),
            allow_redirects=False,
            stream=True,
        )

    def _open(self) -> requests.Session:
        if self._session is None:
            self._session = requests.Session()
            self._session.trust_env = False  # proxies and credentials come from the configuration alone
            adapter = PatientAdapter(self._exchange)
            for scheme in ("http://", "https://"):
                self._session.mount(scheme, adapter)
        return self._session

    def _judge(self, answer: requests.Response, numbers: tuple[str, ...], body: str) -> Outcome:
        outcome = classify(answer.status_code, answer.headers)
        success, failing = self._own.get("RETURN_SUCCESS"), self._own.get("RETURN_FAIL")
        if not isinstance(outcome, Accepted) or not (success or failing):
            with suppress(*_ERRORS):  # the status has decided; read to its end, the connection can be kept
                _read(answer)
            return outcome
        text = _read(answer)
        secrets = [self._own.get("USERNAME", ""), self._own.get("PASSWORD", ""), *self._headers.values()]
        secrets += [v for v in self._parameters.values() if isinstance(v, str) and not _TAG.search(v)]
        shown = text[:1000]
        words = scrub(shown, (*numbers, *secrets, *echoes(shown, [body])))
        if success and success not in text:
            return Rejected(Reason.REFUSED, f"{outcome.detail}, but not RETURN_SUCCESS: {words}")
        if not success and failing and failing in text:
            return Rejected(Reason.REFUSED, f"{outcome.detail}, but RETURN_FAIL: {words}")
        return outcome


def _own(options: Mapping[str, str]) -> dict[str, str]:
    """The options with a meaning of their own, and their names in capitals.

    Any spelling is one, unless that in capitals is there, too: then the other is a parameter. So a gateway may want
    one called ``password`` (the option ``PASSWORD`` stands empty beside it).
    """
    return {n: n.upper() for n in options if n.upper() in OWN and (n in OWN or n.upper() not in options)}


def _timeout(text: str) -> float:
    """Seconds; nothing where the text isn't a sensible number."""
    try:
        seconds = float(text or DEFAULT_TIMEOUT)
    except ValueError:
        return 0.0
    return seconds if 0 < seconds <= LONGEST_TIMEOUT else 0.0


def _read(answer: requests.Response) -> str:
    content = b""
    try:
        for chunk in answer.iter_content(LONGEST_ANSWER):
            content += chunk
            if len(content) >= LONGEST_ANSWER:
                break
    finally:
        answer.close()  # a connection whose answer was read to its end is kept all the same
    try:
        return content.decode(answer.encoding or "utf-8", "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def _parse(value: str) -> Any:
    """A value that is JSON is sent as such; parsed before number and text are put in, so they stay texts."""
    try:
        return json.loads(value)
    except ValueError:
        return value


def _insert(value: Any, number: str, text: str) -> Any:
    if isinstance(value, str):
        # In one pass: a text that holds {phone} is left as it is.
        return _TAG.sub(lambda found: number if found[0] == "{phone}" else text, value)
    if isinstance(value, list):
        return [_insert(item, number, text) for item in value]
    if isinstance(value, dict):
        return {_insert(key, number, text): _insert(item, number, text) for key, item in value.items()}
    return value


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
