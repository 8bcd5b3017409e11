"""SMS through an HTTP gateway, with the parameters of the system taken over (reference section 5.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import requests

from notifier.configuration import SmsGateway
from notifier.deliver.classify.http import classify
from notifier.deliver.provider import Hear, unheard
from notifier.deliver.scrub import echoes, scrub
from notifier.deliver.sms.http_client import HttpClient, basic_auth
from notifier.deliver.sms.number import number_of
from notifier.gateways.http import HttpOptions, read
from notifier.model import Delivery
from notifier.outcome import Accepted, Outcome, Reason, Rejected

_TAG = re.compile(r"\{(?:phone|otp)\}")
#: More of an answer is in no outcome.
_MOST_SHOWN = 1000


class HttpGateway:
    """One gateway; see `notifier.deliver.provider.Provider`."""

    def __init__(self, gateway: SmsGateway, *, hear: Hear = unheard) -> None:
        options, _ = read(gateway)
        self._options = options
        self._headers = dict(gateway.headers)
        self._secrets = tuple(_secrets(options, gateway))
        self._client = HttpClient(
            options.timeout, verify=options.check_ssl, ca_file=options.ca_file, proxies=options.proxies, hear=hear
        )

    def send(self, delivery: Delivery) -> Outcome:
        """One request; its answer decides."""
        message, options = delivery.message, self._options
        number = number_of(message, options.regexp)
        if not isinstance(number, str):
            return number
        parameters = {name: _insert(value, number, message.body) for name, value in options.parameters.items()}
        post, as_json = options.method == "POST", options.as_json
        return self._client.ask(
            options.method,
            options.url,
            lambda answer: self._judge(answer, (number, *message.to), message.body),
            params=None if post else parameters,
            json=parameters if post and as_json else None,
            data=parameters if post and not as_json else None,
            headers=self._headers,
            auth=basic_auth(options.username, options.password),
        )

    def close(self) -> None:
        """Let go of the kept connections."""
        self._client.close()

    def _judge(self, answer: requests.Response, numbers: tuple[str, ...], body: str) -> Outcome:
        outcome = classify(answer.status_code, answer.headers)
        success, failing = self._options.success, self._options.failing
        if not isinstance(outcome, Accepted) or not (success or failing):
            self._client.skip(answer)
            return outcome
        text = self._client.read(answer)
        shown = text[:_MOST_SHOWN]
        words = scrub(shown, (*numbers, *self._secrets, *echoes(shown, [body])))
        if success and success not in text:
            return Rejected(Reason.REFUSED, f"{outcome.detail}, but not RETURN_SUCCESS: {words}")
        if not success and failing and failing in text:
            return Rejected(Reason.REFUSED, f"{outcome.detail}, but RETURN_FAIL: {words}")
        return outcome


def _secrets(options: HttpOptions, gateway: SmsGateway) -> Iterator[str]:
    """What the gateway's words must not show."""
    yield from (options.username, options.password.reveal(), *gateway.headers.values())
    yield from (v for v in options.parameters.values() if isinstance(v, str) and not _TAG.search(v))


def _insert(value: Any, number: str, text: str) -> Any:
    if isinstance(value, str):
        # In one pass: a text that holds {phone} is left as it is.
        return _TAG.sub(lambda found: number if found[0] == "{phone}" else text, value)
    if isinstance(value, list):
        return [_insert(item, number, text) for item in value]
    if isinstance(value, dict):
        return {_insert(key, number, text): _insert(item, number, text) for key, item in value.items()}
    return value
