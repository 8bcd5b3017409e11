"""SMS through sipgate: its REST interface, or the XML-RPC one of the system taken over (reference section 5.4)."""

from __future__ import annotations

import re
from xmlrpc.client import dumps

import requests

from notifier.configuration import SmsGateway
from notifier.deliver.classify import sipgate
from notifier.deliver.provider import Hear, unheard
from notifier.deliver.scrub import echoes, scrub
from notifier.deliver.sms.http_client import HttpClient, basic_auth
from notifier.deliver.sms.number import number_of
from notifier.gateways.sipgate import Api, read
from notifier.model import Delivery
from notifier.outcome import Accepted, Outcome, Reason, Rejected

#: Signs between the digits of a number as people write it.
_DECORATION = re.compile(r"[\s()./-]+")
_NUMBER = re.compile(r"\+?[0-9]{3,20}")
#: XML can't carry these, however they are written.
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class SipgateGateway:
    """One account; see `notifier.deliver.provider.Provider`."""

    def __init__(self, gateway: SmsGateway, *, hear: Hear = unheard) -> None:
        options, _ = read(gateway)
        self._options = options
        self._auth = basic_auth(options.user, options.password)
        self._client = HttpClient(options.timeout, proxies=options.proxies, hear=hear)

    def send(self, delivery: Delivery) -> Outcome:
        """One request; its answer decides."""
        message = delivery.message
        number = number_of(message, self._options.regexp)
        if not isinstance(number, str):
            return number
        number = _DECORATION.sub("", number)
        if not _NUMBER.fullmatch(number):
            return Rejected(Reason.ADDRESS_INVALID, "this is no telephone number")
        if self._options.api is Api.XMLRPC:
            return self._by_xmlrpc(number, message.body)
        content = {"smsId": self._options.sms_id, "recipient": number, "message": message.body}
        headers = {"Accept": "application/json"}
        return self._client.ask(
            "POST", self._options.url, self._by_status, json=content, headers=headers, auth=self._auth
        )

    def close(self) -> None:
        """Let go of the kept connections."""
        self._client.close()

    def _by_status(self, answer: requests.Response) -> Outcome:
        self._client.skip(answer)
        return sipgate.rest(answer.status_code, answer.headers)

    def _by_xmlrpc(self, number: str, text: str) -> Outcome:
        uri = f"sip:{number.strip('+')}@sipgate.de"
        call = {"RemoteUri": uri, "TOS": "text", "Content": _NOT_XML.sub(" ", text)}
        content = dumps((call,), "samurai.SessionInitiate").encode()

        def judge(answer: requests.Response) -> Outcome:
            outcome = sipgate.rest(answer.status_code, answer.headers)
            if not isinstance(outcome, Accepted):
                self._client.skip(answer)
                return outcome
            login = (self._options.user, self._options.password.reveal())
            return sipgate.xmlrpc(
                self._client.read(answer), lambda words: scrub(words, (number, uri, *login, *echoes(words, [text])))
            )

        headers = {"Content-Type": "text/xml"}
        return self._client.ask("POST", self._options.url, judge, data=content, headers=headers, auth=self._auth)
