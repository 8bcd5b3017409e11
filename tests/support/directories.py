"""Real servers for the directory's stores, each in a folder of its own."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trustme
from servers import Server, free_port, listens, missing

from notifier.errors import DirectoryUnavailable

SLAPD = shutil.which("slapd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/libexec:/usr/local/libexec")
POSTGRES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)), None) or shutil.which(
    "postgres"
)
BASE = "ou=people,dc=example,dc=com"
#: May read everybody, by pages; may read 500 entries in all, as is the server's default.
READER, LIMITED = "cn=reader,dc=example,dc=com", "cn=limited,dc=example,dc=com"
PASSWORD = "reader-s3cret"
NOBODY = 65534

SLAPD_CONF = """\
include {schema}/core.schema
include {schema}/cosine.schema
include {schema}/inetorgperson.schema
modulepath {modules}
moduleload back_mdb
pidfile {home}/slapd.pid
argsfile {home}/slapd.args
TLSCertificateFile {home}/server.pem
TLSCertificateKeyFile {home}/server.key
TLSVerifyClient never
database mdb
suffix "dc=example,dc=com"
rootdn "cn=root,dc=example,dc=com"
rootpw root-s3cret
directory {home}/data
index objectClass,uid eq
limits dn.exact="{reader}" size.prtotal=unlimited
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{reader}" read by dn.exact="{limited}" read by anonymous auth by * none
"""

TREE = f"""\
dn: dc=example,dc=com
objectClass: domain
dc: example

dn: {BASE}
objectClass: organizationalUnit
ou: people

dn: ou=elsewhere,{BASE}
objectClass: organizationalUnit
ou: elsewhere

dn: {READER}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: {PASSWORD}

dn: {LIMITED}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: limited
userPassword: {PASSWORD}
"""


def is_down(error: DirectoryUnavailable, *words: str) -> bool:
    """The error says so, and nothing that is secret."""
    return all(word in str(error) for word in words) and PASSWORD not in str(error) and "reader" not in str(error)


@dataclass(frozen=True)
class Slapd:
    """A running LDAP server."""

    server: Server
    port: int
    tls_port: int
    ca_file: str

    @property
    def uri(self) -> str:
        """Where it speaks in clear, and StartTLS."""
        return f"ldap://localhost:{self.port}"

    @property
    def tls_uri(self) -> str:
        """Where it speaks TLS from the first byte."""
        return f"ldaps://localhost:{self.tls_port}"


@contextmanager
def slapd(home: Path, people: Iterable[str]) -> Iterator[Slapd]:
    """An LDAP server that has these entries (LDIF) below `BASE`."""
    if SLAPD is None:
        missing("slapd", "apt-get install slapd")
    schema = next((p for p in ("/etc/ldap/schema", "/etc/openldap/schema") if Path(p).is_dir()), "")
    modules = next(
        (p for p in ("/usr/lib/ldap", "/usr/lib64/openldap", "/usr/libexec/openldap") if Path(p).is_dir()), ""
    )
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    certificate.private_key_pem.write_to_path(home / "server.key")
    for blob in certificate.cert_chain_pems:
        blob.write_to_path(home / "server.pem", append=True)
    authority.cert_pem.write_to_path(home / "ca.pem")
    (home / "data").mkdir()
    conf = home / "slapd.conf"
    conf.write_text(SLAPD_CONF.format(schema=schema, modules=modules, home=home, reader=READER, limited=LIMITED))
    (home / "people.ldif").write_text("\n".join([TREE, *people]))
    subprocess.run(
        [SLAPD, "-T", "add", "-q", "-f", str(conf), "-l", str(home / "people.ldif")], check=True, capture_output=True
    )
    port, tls_port = free_port(), free_port()
    urls = f"ldap://localhost:{port}/ ldaps://localhost:{tls_port}/"
    server = Server(
        [SLAPD, "-d", "0", "-f", str(conf), "-h", urls], lambda: listens(port) and listens(tls_port), home / "log"
    )
    server.start()
    try:
        yield Slapd(server, port, tls_port, str(home / "ca.pem"))
    finally:
        server.kill()


@dataclass(frozen=True)
class Postgres:
    """A running PostgreSQL."""

    server: Server
    port: int

    @property
    def url(self) -> str:
        """With the user ``reader``, who has `PASSWORD`."""
        return f"postgresql://reader@127.0.0.1:{self.port}/postgres"

    def run(self, sql: str) -> None:
        """Run statements as the owner."""
        import psycopg  # noqa: PLC0415 - only where there is such a server

        with psycopg.connect(f"postgresql://owner:{PASSWORD}@127.0.0.1:{self.port}/postgres") as connection:
            connection.execute(sql.encode())

    def insert(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run a statement as the owner, once for each row."""
        import psycopg  # noqa: PLC0415

        with psycopg.connect(f"postgresql://owner:{PASSWORD}@127.0.0.1:{self.port}/postgres") as connection:
            connection.cursor().executemany(sql.encode(), rows)


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL; the server refuses to run as root, so then it is nobody."""
    if POSTGRES is None:
        missing("PostgreSQL", "apt-get install postgresql")
    become: list[str] = []
    if os.geteuid() == 0:
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            missing("PostgreSQL", "it doesn't run as root, and setpriv isn't there: apt-get install util-linux")
        become = [setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    with tempfile.TemporaryDirectory(prefix="notifier-postgresql-") as place:
        if become:
            os.chown(place, NOBODY, NOBODY)
        with _postgres(Path(place), Path(POSTGRES).resolve().parent, become) as running:
            yield running


@contextmanager
def _postgres(home: Path, binaries: Path, become: list[str]) -> Iterator[Postgres]:
    data, secret = home / "data", home / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    subprocess.run(
        [
            *(*become, str(binaries / "initdb"), "-D", str(data), "-U", "owner", "--pwfile", str(secret)),
            *("-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
        ],
        check=True,
        capture_output=True,
        cwd="/",
    )
    port = free_port()
    options = {"port": str(port), "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
    flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    command = [*become, str(binaries / "postgres"), "-D", str(data), *flags]
    server = Server(command, lambda: _accepts(port), home / "log")
    server.start()
    try:
        running = Postgres(server, port)
        running.run(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
        yield running
    finally:
        server.stop(signal.SIGQUIT)  # its children end, too


def _accepts(port: int) -> bool:
    import psycopg  # noqa: PLC0415

    with suppress(psycopg.Error):
        psycopg.connect(f"postgresql://owner:{PASSWORD}@127.0.0.1:{port}/postgres", connect_timeout=2).close()
        return True
    return False


def ldif(name: str, attributes: Mapping[str, Any], below: str = BASE) -> str:
    """A person's entry."""
    lines = [f"dn: cn={name},{below}", "objectClass: inetOrgPerson", f"cn: {name}"]
    lines += [f"sn: {name}"] if "sn" not in attributes else []
    for key, value in attributes.items():
        for item in value if isinstance(value, list) else [value]:
            raw = item if isinstance(item, bytes) else str(item).encode()
            lines.append(f"{key}:: {base64.b64encode(raw).decode()}")
    return "\n".join(lines) + "\n"
