"""A real Postfix: its own folders and ports, users that every machine has, nothing of the machine's configuration."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from grp import getgrnam
from pathlib import Path
from typing import Any

import trustme
from relays import BUSY, DOMAIN, HOST, LARGEST_MAIL, REFUSED, Relay
from servers import Server, free_port, listens
from unpacked import Tree, open_folder, tree_of

from notifier.configuration import Secret, SmtpServer, Tls

#: Known to its AUTH.
USER, PASSWORD = "notifier", "relay-s3cret"

#: Postfix wants a user and a group of its own; who delivers is another one.
OWNER, GROUP, NOBODY = "daemon", "mail", 65534
PRIVATE = "active bounce corrupt defer deferred flush hold incoming maildrop private public saved trace".split()

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
command_directory = {tree.root}/usr/sbin
daemon_directory = {tree.root}/usr/lib/postfix/sbin
shlib_directory = {tree.root}/usr/lib/postfix
meta_directory = {home}/etc
mail_owner = {owner}
setgid_group = {group}
import_environment = MAIL_CONFIG={home}/etc MAIL_LOGTAG LANG=C LD_LIBRARY_PATH={tree.libraries} SASL_PATH={plugins}
maillog_file = {home}/log
maillog_file_prefixes = {home}
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = {host}
mydestination =
mynetworks =
alias_maps =
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = static:all/
virtual_uid_maps = static:{nobody}
virtual_gid_maps = static:{nobody}
virtual_destination_recipient_limit = 1
message_size_limit = {largest}
smtpd_client_event_limit_exceptions =
smtpd_error_sleep_time = 0s
smtpd_tls_security_level = may
smtpd_tls_chain_files = {key} {chain}
smtpd_sasl_path = smtpd
cyrus_sasl_config_path = {home}/etc/sasl
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access inline:{{
  {{ {refused} = 550 5.1.1 nobody of that name }}
  {{ {busy} = 450 4.2.0 busy, come again }} }}
"""

#: Ports with a whim of their own; the last one counts what a client does in a minute.
MASTER_CF = """\
127.0.0.1:{ports.plain} inet n - n - - smtpd
127.0.0.1:{ports.submission} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{ports.smtps} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{ports.bare} inet n - n - - smtpd
  -o smtpd_discard_ehlo_keywords=pipelining,8bitmime,size,starttls,chunking,dsn -o smtputf8_enable=no
127.0.0.1:{ports.sleepy} inet n - n - - smtpd -o smtpd_timeout=1s
127.0.0.1:{ports.mails} inet n - n - - smtpd -o smtpd_client_message_rate_limit=2
127.0.0.1:{ports.connections} inet n - n - - smtpd -o smtpd_client_connection_rate_limit=2
127.0.0.1:{ports.errors} inet n - n - - smtpd -o smtpd_hard_error_limit=1
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
tlsmgr unix - - n 1000? 1 tlsmgr
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
"""
SASL = "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\nsasldb_path: {home}/etc/sasldb2\n"


@dataclass(frozen=True)
class Ports:
    """Where it listens: the ways in, and ports that are difficult in one way."""

    #: No AUTH asked; STARTTLS offered.
    plain: int
    #: STARTTLS and AUTH wanted.
    submission: int
    #: TLS from the first byte; AUTH wanted.
    smtps: int
    #: Offers nothing at EHLO.
    bare: int
    #: Closes what is silent for a second.
    sleepy: int
    #: Takes two mails a minute; two connections.
    mails: int
    connections: int
    #: Says 421 after one error.
    errors: int


@dataclass(frozen=True)
class Postfix(Relay):
    """A running Postfix."""

    ports: Ports
    ca_file: str

    def protected(self, tls: Tls, **fields: Any) -> SmtpServer:
        """By TLS and with AUTH where the port wants it."""
        port = {Tls.STARTTLS: self.ports.submission, Tls.IMPLICIT: self.ports.smtps}.get(tls, self.ports.plain)
        login = {"username": USER, "password": Secret(PASSWORD)} if port != self.ports.plain else {}
        return self.configuration(**{"tls": tls, "port": port, "ca_file": self.ca_file, **login, **fields})


@contextmanager
def postfix() -> Iterator[Postfix]:
    """A Postfix that knows everybody at `DOMAIN` but some."""
    tree = tree_of("Postfix", "usr/lib/postfix/sbin/master", "usr/sbin/saslpasswd2", as_root=True)
    with open_folder("postfix") as home:
        chain, key, ca_file = _certificate(home)
        ports = Ports(*(free_port() for _ in fields(Ports)))
        _folders(home)
        plugins = ":".join(str(folder) for folder in sorted((tree.root / "usr/lib").glob("*/sasl2")))
        (home / "etc/main.cf").write_text(
            MAIN_CF.format(
                home=home, tree=tree, owner=OWNER, group=GROUP, plugins=plugins, host=HOST, domain=DOMAIN,
                nobody=NOBODY, largest=LARGEST_MAIL, key=key, chain=chain, refused=REFUSED, busy=BUSY,
            )
        )  # fmt: skip
        (home / "etc/master.cf").write_text(MASTER_CF.format(ports=ports))
        _login(home, tree)
        server = Server(
            [tree.path("usr/lib/postfix/sbin/master"), "-c", str(home / "etc"), "-d"],
            lambda: listens(ports.plain),
            home / "output",
            {**tree.environment, "MAIL_CONFIG": str(home / "etc"), "SASL_PATH": plugins},
        )
        server.start()
        try:
            yield Postfix(server, ports.plain, home / "mail", home / "log", ports, ca_file)
        finally:
            server.kill()


def _folders(home: Path) -> None:
    owner, group = pwd.getpwnam(OWNER).pw_uid, getgrnam(GROUP).gr_gid
    for name in ("etc/sasl", "data", "mail", "queue/pid", *(f"queue/{name}" for name in PRIVATE)):
        (home / name).mkdir(parents=True)
    for name in ("data", *(f"queue/{name}" for name in PRIVATE)):
        os.chown(home / name, owner, -1)
        (home / name).chmod(0o700)
    for name, mode in (("public", 0o710), ("maildrop", 0o730)):
        os.chown(home / "queue" / name, owner, group)
        (home / "queue" / name).chmod(mode)
    os.chown(home / "mail", NOBODY, NOBODY)


def _login(home: Path, tree: Tree) -> None:
    (home / "etc/sasl/smtpd.conf").write_text(SASL.format(home=home))
    database = home / "etc/sasldb2"
    subprocess.run(
        [tree.path("usr/sbin/saslpasswd2"), "-p", "-c", "-u", HOST, "-f", str(database), USER],
        input=PASSWORD.encode(),
        env=tree.environment,
        check=True,
        capture_output=True,
    )
    os.chown(database, pwd.getpwnam(OWNER).pw_uid, -1)


def _certificate(home: Path) -> tuple[Path, Path, str]:
    """For `HOST`: chain, key, and the authority's."""
    authority = trustme.CA()
    leaf = authority.issue_cert(HOST)
    chain, key, ca_file = home / "chain.pem", home / "key.pem", home / "ca.pem"
    leaf.private_key_pem.write_to_path(key)
    key.chmod(0o600)
    for blob in leaf.cert_chain_pems:
        blob.write_to_path(chain, append=True)
    authority.cert_pem.write_to_path(ca_file)
    return chain, key, str(ca_file)
