"""A real OpenSMTPD. Its paths and users are built in, so it runs in a root directory of its own (`chroot`).

In clear only: Debian 12's (6.8.0p2, built with OpenSSL 3) finds its private key in no handshake, and it takes no AUTH
without TLS. Postfix plays those.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from relays import BUSY, DOMAIN, HOST, LARGEST_MAIL, REFUSED, Relay
from servers import Server, free_port, listens
from unpacked import Tree, open_folder, tree_of

DAEMON, LIBEXEC = "usr/sbin/smtpd", "usr/libexec/opensmtpd"
MAILDIR = f"{LIBEXEC}/mail.maildir"
#: It wants two users of its own; a third one delivers.
USERS = {"opensmtpd": 64990, "opensmtpq": 64991, "vmail": 64992}
#: After so many mails a connection is over.
MOST_MAILS = 20

CONF = """\
table refused {{ "{refused}" }}
table busy {{ "{busy}" }}
smtp max-message-size "{largest}"
smtp limit max-mails {most}
filter "refused" phase rcpt-to match rcpt-to <refused> reject "550 5.1.1 nobody of that name"
filter "busy" phase rcpt-to match rcpt-to <busy> reject "450 4.2.0 busy, come again"
filter "people" chain {{ "refused", "busy" }}
listen on 127.0.0.1 port {port} hostname {host} filter "people"
action "keep" maildir "/var/mail/%{{dest}}" virtual {{ "@" = vmail }}
match from any for domain "{domain}" action "keep"
"""


@contextmanager
def opensmtpd() -> Iterator[Relay]:
    """An OpenSMTPD that knows everybody at `DOMAIN` but some."""
    tree = tree_of("OpenSMTPD", DAEMON, MAILDIR, as_root=True)
    with open_folder("opensmtpd") as home:
        jail, port = home / "jail", free_port()
        _jail(jail, tree)
        (jail / "etc/smtpd.conf").write_text(
            CONF.format(
                port=port, host=HOST, domain=DOMAIN, refused=REFUSED, busy=BUSY, largest=LARGEST_MAIL, most=MOST_MAILS
            )
        )
        server = Server(
            ["chroot", str(jail), f"/{DAEMON}", "-d"], lambda: listens(port), home / "log", {"PATH": "/usr/sbin"}
        )
        server.start()
        try:
            yield Relay(server, port, jail / "var/mail", home / "log")
        finally:
            server.kill()


def _jail(jail: Path, tree: Tree) -> None:
    """The daemon, what delivers, a shell to call that, their libraries, their users: no more."""
    for folder in (LIBEXEC, "usr/sbin", "bin", "etc", "dev", "tmp", "var/run", "var/mail", "var/lib/opensmtpd/empty"):
        (jail / folder).mkdir(parents=True)
    (jail / "var/spool/smtpd").mkdir(parents=True)
    (jail / "var/spool/smtpd").chmod(0o711)
    for program in (DAEMON, MAILDIR):
        shutil.copy2(tree.path(program), jail / program)
    shutil.copy2("/bin/sh", jail / "bin/sh")
    for program in (DAEMON, MAILDIR, "bin/sh"):
        said = subprocess.run(
            ["ldd", str(jail / program)], env=tree.environment, check=True, capture_output=True, text=True
        ).stdout
        for library in re.findall(r"(/\S+) \(", said):
            place = jail / library.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(library, place)
    (jail / "dev/null").touch(0o666)
    (jail / "dev/null").chmod(0o666)
    people = {"root": 0, **USERS}
    (jail / "etc/passwd").write_text("".join(f"{n}:x:{i}:{i}::/var/mail:/bin/sh\n" for n, i in people.items()))
    (jail / "etc/group").write_text("".join(f"{name}:x:{number}:\n" for name, number in people.items()))
    os.chown(jail / "var/mail", USERS["vmail"], USERS["vmail"])
