"""An SMS gateway that plays one of the personalities of `http_personalities`, and behaves when told.

with HostileHTTP("hang_in_headers") as hostile:
    ...  # configure what you test with hostile.gateway(timeout=1), send, look at the outcome
    hostile.behave()
    ...  # send again
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress

from notifier.configuration import SmsGateway
from notifier.testing.act import PACE, Act
from notifier.testing.certificates import GOOD, Certificates
from notifier.testing.http_personalities import HTTP_PERSONALITIES, YES, HttpPersonality, Steps
from notifier.testing.sms_sink import Answer, ReceivedSms, SmsSink

_CHATTER = b"x" * 16 * 1024


class HostileHTTP(SmsSink):
    """A context manager; `requests` counts what came, `messages` holds what a good answer was given to.

    Args:
        personality: One of `HTTP_PERSONALITIES` by name, or one of your own.
        certificates: Shared among servers, where there are many; by default each has its own.
    """

    def __init__(self, personality: str | HttpPersonality, certificates: Certificates | None = None) -> None:
        self.personality = HTTP_PERSONALITIES[personality] if isinstance(personality, str) else personality
        self._behaves = False
        #: Connections that are about to be closed.
        self._closing = 0
        self._certificates, self._borrowed = certificates, certificates is not None
        if self.personality.https and certificates is None:
            self._certificates = Certificates()
        tls = None
        if self.personality.certificate and self._certificates:
            tls = self._certificates.context(self.personality.certificate)
        super().__init__(tls=tls, listens=self.personality.listens)
        self.url = f"{'https' if self.personality.https else 'http'}://127.0.0.1:{self.port}/sms"

    def __exit__(self, *exception: object) -> None:
        super().__exit__(*exception)
        if self._certificates is not None and not self._borrowed:
            self._certificates.close()

    def gateway(self, timeout: float = 1.0, options: Mapping[str, str] | None = None) -> SmsGateway:
        """What a client is configured with to meet this gateway; further options as you like."""
        own = {"URL": self.url, "HTTP_METHOD": "POST", "to": "{phone}", "text": "{otp}", "TIMEOUT": str(timeout)}
        if self.personality.words:
            own["RETURN_SUCCESS"] = YES
        if self.personality.https and self._certificates:
            own["CA_FILE"] = self._certificates.ca_file
        return SmsGateway("hostile", "http", {**own, **(options or {})})

    def behave(self) -> None:
        """From now on as a good gateway does: on the same port, on connections that are open, too."""
        with self._arrived:  # a connection that is just being closed would swallow the next request
            self._arrived.wait_for(lambda: not self._closing, 5)
        self._behaves = True
        if self.personality.https and self._certificates:
            self.tls = self._certificates.context(GOOD)
        self.listen()

    def opened(self, connection: socket.socket) -> int:
        """A peer has connected; perhaps that is all there will be."""
        number = super().opened(connection)
        if self.personality.greeting and not self._behaves:
            with suppress(OSError):
                self._play(self.personality.greeting, connection)
        return number

    def take(self, message: ReceivedSms) -> Answer:
        """Keep a message, or be difficult."""
        answer = self.personality.answer
        if self._behaves or len(self.messages) < self.personality.after:
            self.script(Answer(text=YES))
        elif isinstance(answer, Answer):
            self.script(answer)
        else:
            with self._arrived:
                self.requests += 1
                self._closing += _closes(answer)
            return Answer(play=lambda connection: self._close(answer, connection))
        return super().take(message)

    def _close(self, steps: Steps, connection: socket.socket) -> None:
        try:
            self._play(steps, connection)
        finally:
            with self._arrived:
                self._closing -= _closes(steps)
                self._arrived.notify_all()

    def _play(self, steps: Steps, connection: socket.socket) -> None:
        for step in steps:
            match step:
                case bytes():
                    connection.sendall(step)
                case Act.HANG:
                    self.stopped.wait()
                case Act.AWAIT:
                    connection.recv(1)
                case Act.DRIP:
                    while not self.stopped.wait(PACE):
                        connection.sendall(b"x")
                case Act.FLOOD:
                    while not self.stopped.is_set():
                        connection.sendall(_CHATTER)
        connection.shutdown(socket.SHUT_RDWR)


def _closes(steps: Steps) -> bool:
    """Played at once, to the end."""
    return all(isinstance(step, bytes) for step in steps)
