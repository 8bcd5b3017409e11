"""One gateway over HTTP: kept connections, every failure an outcome, an answer that has an end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import requests
from requests.auth import HTTPBasicAuth
from urllib3.exceptions import HTTPError

from notifier.configuration import Secret
from notifier.deliver.provider import Hear, Side, unheard
from notifier.deliver.sms.http_connection import Exchange, PatientAdapter, failure
from notifier.outcome import Outcome

#: No more of an answer is read.
LONGEST_ANSWER = 64 * 1024
_ERRORS = (requests.RequestException, HTTPError, ValueError, OSError)  # OSError: ca_file can't be read


class HttpClient:
    """Used by one thread at a time."""

    def __init__(
        self,
        timeout: float,
        *,
        verify: bool = True,
        ca_file: str = "",
        proxies: Mapping[str, str] | None = None,
        hear: Hear = unheard,
    ) -> None:
        self._timeout = timeout
        self._verify = verify and (ca_file or True)
        self._proxies = dict(proxies or {})
        self._exchange = Exchange(hear)
        self._session: requests.Session | None = None

    def ask(self, method: str, url: str, judge: Callable[[requests.Response], Outcome], **request: Any) -> Outcome:
        """One request; its answer is judged, its failure is an outcome. Redirects are not followed.

        Args:
            method: GET or POST.
            url: Where to.
            judge: What to make of an answer; it may `read` it.
            request: More of it, as requests has it: params, data, json, headers, auth.
        """
        self._exchange.begin()
        try:
            answer = self._open().request(
                method,
                url,
                verify=self._verify,
                proxies=self._proxies,
                timeout=(self._timeout, self._timeout),
                allow_redirects=False,
                stream=True,
                **request,
            )
            outcome = judge(answer)
        except _ERRORS as error:
            outcome = failure(error, self._exchange)
        return outcome

    def read(self, answer: requests.Response) -> str:
        """The answer's text, or its beginning."""
        content = b""
        try:
            for chunk in answer.iter_content(LONGEST_ANSWER):
                content += chunk
                if len(content) >= LONGEST_ANSWER:
                    break
        finally:
            answer.close()  # a connection whose answer was read to its end is kept all the same
        self._exchange.tell(Side.PEER, content)
        try:
            return content.decode(answer.encoding or "utf-8", "replace")
        except LookupError:
            return content.decode("utf-8", "replace")

    def skip(self, answer: requests.Response) -> None:
        """The status has decided; an answer that was read to its end leaves a connection that can be kept."""
        with suppress(*_ERRORS):
            self.read(answer)

    def close(self) -> None:
        """Let go of the kept connections."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _open(self) -> requests.Session:
        if self._session is None:
            self._session = requests.Session()
            self._session.trust_env = False  # proxies and credentials come from the configuration alone
            adapter = PatientAdapter(self._exchange)
            for scheme in ("http://", "https://"):
                self._session.mount(scheme, adapter)
        return self._session


def basic_auth(user: str, password: Secret) -> HTTPBasicAuth | None:
    """Both, or nothing; as bytes, so that UTF-8 is sent."""
    if not user or not password:
        return None
    return HTTPBasicAuth(user.encode(), password.reveal().encode())
