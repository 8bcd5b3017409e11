"""A real Kannel: bearerbox and smsbox, and a fake operator that tells what arrived."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import unquote_to_bytes

from servers import Server, free_port, listens
from unpacked import open_folder, tree_of
from waiting import until

USER, PASSWORD = "notifier", "kannel-s3cret"
#: So many messages wait for the operator, no more.
LONGEST_QUEUE = 3
#: Kannel lets nobody send to these.
DENIED = "+4966600000"

CONF = """\
group = core
admin-port = {admin}
admin-password = admin-s3cret
smsbox-port = {boxes}
box-allow-ip = 127.0.0.1
sms-outgoing-queue-limit = {longest}

group = smsc
smsc = fake
smsc-id = operator
port = {operator}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
global-sender = 12345

group = sendsms-user
username = {user}
password = {password}
concatenation = true
max-messages = 3
black-list-regex = "^[+]49666"
"""


@dataclass(frozen=True)
class Kannel:
    """A running Kannel."""

    smsbox: Server
    #: The operator; until it is started, messages wait.
    operator: Server
    port: int
    log: Path

    @property
    def url(self) -> str:
        """Where it takes messages."""
        return f"http://127.0.0.1:{self.port}/cgi-bin/sendsms"

    @property
    def arrived(self) -> list[tuple[str, str]]:
        """Numbers and texts at the operator; of a long text, each part."""
        found = re.findall(r"Got message \d+: <\S+ (\S+) (.*)>$", self.log.read_text("utf-8"), re.MULTILINE)
        return [(number, _text(*said.partition(" ")[::2])) for number, said in found]

    def text_of(self, number: str) -> str:
        """What a number has got so far, parts joined."""
        return "".join(text for to, text in self.arrived if to == number)


@contextmanager
def kannel() -> Iterator[Kannel]:
    """A Kannel without its operator (`Kannel.operator.start()`)."""
    programs = ("usr/sbin/bearerbox", "usr/sbin/smsbox", "usr/lib/kannel/test/fakesmsc")
    tree = tree_of("Kannel", *programs)
    bearerbox, smsbox, fakesmsc = map(tree.path, programs)
    with open_folder("kannel") as home, ExitStack() as stack:
        ports = {name: free_port() for name in ("admin", "boxes", "operator", "sendsms")}
        conf = home / "kannel.conf"
        conf.write_text(CONF.format(**ports, longest=LONGEST_QUEUE, user=USER, password=PASSWORD))

        def server(name: str, answers: Callable[[], bool], *command: str) -> Server:
            made = Server(list(command), answers, home / f"{name}.log", tree.environment)
            stack.callback(made.kill)
            return made

        # It is told what it would send, and to send nothing; so it only listens.
        fake = [fakesmsc, "-H", "127.0.0.1", "-r", str(ports["operator"]), "-m", "0", "1 2 text nothing"]
        log = home / "operator.log"
        operator = server("operator", lambda: "Connecting to" in log.read_text("utf-8"), *fake)
        server("bearerbox", lambda: listens(ports["boxes"]), bearerbox, "-v", "4", str(conf)).start()
        until(lambda: listens(ports["operator"]))
        box = server("smsbox", lambda: _answers(ports["sendsms"]), smsbox, "-v", "4", str(conf))
        box.start()
        yield Kannel(box, operator, ports["sendsms"], log)


def _answers(port: int) -> bool:
    """It listens before it is ready, and hangs up on whoever asks then."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 404
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _text(kind: str, said: str) -> str:
    match kind:
        case "text":
            return said
        case "ucs-2":
            return unquote_to_bytes(said.replace("+", " ")).decode("utf-16-be")
        case "udh":  # a part of a long text: its header, then the text, whose alphabet isn't told
            raw = unquote_to_bytes(said.split(" ", 2)[2].replace("+", " "))
            return raw.decode("utf-16-be" if any(octet < 10 for octet in raw) else "utf-8")
        case _:
            return f"{kind} {said}"
