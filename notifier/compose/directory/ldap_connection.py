"""A connection to an LDAP server, protected, bound and impatient. Needs ldap3, of which only the protocol is used."""

from __future__ import annotations

import socket
import ssl
import warnings
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from notifier.compose.directory.bounded_socket import BoundedSocket
from notifier.configuration import LdapStoreConfig
from notifier.errors import DirectoryUnavailable

with warnings.catch_warnings():
    # ldap3 asks pyasn1 for two tables by their old names.
    warnings.filterwarnings("ignore", r"(tagMap|typeMap) is deprecated", DeprecationWarning)
    import ldap3
    from ldap3.core.exceptions import LDAPExceptionError, LDAPInvalidFilterError
    from pyasn1.error import PyAsn1Error  # type: ignore[import-untyped]

Entry = Mapping[str, Sequence[bytes]]
START_TLS = "1.3.6.1.4.1.1466.20037"
PAGED_RESULTS = "1.2.840.113556.1.4.319"
PORTS = {"ldap": 389, "ldaps": 636}
#: What ldap3 raises, also where the other side speaks no LDAP.
ERRORS = (LDAPExceptionError, PyAsn1Error, OSError, ValueError, LookupError, TypeError, AttributeError)
#: What to do about the server's refusals.
ADVICE = {
    "noSuchObject": "look at 'base', and whether 'bind_dn' may read it",
    "sizeLimitExceeded": "the server must let 'bind_dn' read more entries",
    "insufficientAccessRights": "'bind_dn' may not read",
    "confidentialityRequired": "the server wants start_tls: true or ldaps://",
}


def open_connection(store: str, config: LdapStoreConfig) -> LdapConnection:
    """A connection to the first server that answers.

    Raises:
        DirectoryUnavailable: none does, or it refuses the password.
    """
    troubles: list[str] = []
    for uri in config.uri:
        try:
            return LdapConnection(store, config, uri)
        except DirectoryUnavailable as error:
            troubles.append(error.detail if len(config.uri) == 1 else f"{urlsplit(uri).hostname}: {error.detail}")
            if "invalidCredentials" in error.detail:
                # The others would say the same, and lock the account.
                break
    raise DirectoryUnavailable(store, "; ".join(troubles))


class LdapConnection:
    """Everything has to happen within the time-out: connecting, the handshake, and each answer."""

    def __init__(self, store: str, config: LdapStoreConfig, uri: str) -> None:
        self._store = store
        self._config = config
        #: The server ended it, or it broke; not: the server was too slow, or refused.
        self.lost = False
        parts = urlsplit(uri)
        host = parts.hostname or ""
        secure = parts.scheme == "ldaps"
        server = ldap3.Server(host, use_ssl=secure, get_info=ldap3.NONE)
        self._protocol = ldap3.Connection(
            server,
            config.bind_dn or None,
            config.bind_password.reveal() or None,
            check_names=False,
            read_only=True,
            auto_referrals=False,
            auto_range=False,
            auto_escape=False,
            return_empty_attributes=False,
        )
        with self._errors():
            self._connect(host, parts.port or PORTS[parts.scheme])
            if secure:
                self._protect(host)
            elif config.start_tls:
                self._protocol.extended(START_TLS)
                self._require_success("StartTLS refused")
                self._protect(host)
            self._protocol.bind(read_server_info=False)
            self._require_success("bind refused")

    def search(
        self, condition: str, attributes: Sequence[str], page: int | None = None, cookie: bytes | None = None
    ) -> tuple[list[Entry], bytes]:
        """Entries, and the cookie of the next page where there is one."""
        scope = ldap3.LEVEL if self._config.scope == "onelevel" else ldap3.SUBTREE
        with self._errors():
            self._begin()
            self._protocol.search(
                self._config.base,
                condition,
                scope,
                attributes=list(attributes),
                paged_size=page,
                paged_cookie=cookie,
            )
            self._require_success("search refused")
            found = [_entry(item) for item in self._protocol.response or () if item["type"] == "searchResEntry"]
            control = self._protocol.result.get("controls", {}).get(PAGED_RESULTS, {})
            return found, control.get("value", {}).get("cookie") or b""

    def pages(self, condition: str, attributes: Sequence[str], size: int) -> Iterator[Entry]:
        """All entries; a page is asked for when it is needed (RFC 2696)."""
        cookie: bytes | None = None
        while cookie != b"":
            entries, cookie = self.search(condition, attributes, size, cookie)
            yield from entries

    def close(self) -> None:
        """Take leave."""
        with suppress(*ERRORS):
            self._begin()
            self._protocol.unbind()
        self.leave()

    def leave(self) -> None:
        """Let go of the connection without a word."""
        if self._protocol.socket is not None:
            self._protocol.socket.close()
            self._protocol.socket = None
        self._protocol.closed = True

    def _begin(self) -> None:
        if self._protocol.socket is not None:
            self._protocol.socket.begin()

    def _connect(self, host: str, port: int) -> None:
        # ldap3's own sockets have no time-out of less than a second, check names by a method of its own, and leak.
        protocol = self._protocol
        timeout = self._config.timeout
        protocol.socket = BoundedSocket(socket.create_connection((host, port), timeout), timeout)
        protocol.closed = False
        protocol.strategy._outstanding = {}  # noqa: SLF001 - as its open() does
        protocol.strategy._start_listen()  # noqa: SLF001

    def _protect(self, host: str) -> None:
        context = ssl.create_default_context(cafile=self._config.ca_file or None)
        if not self._config.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        # The time-out goes over with the socket; it is that of the whole handshake.
        protected = context.wrap_socket(self._protocol.socket.detach(), server_hostname=host)
        self._protocol.socket = BoundedSocket(protected, self._config.timeout)
        self._protocol.tls_started = True

    def _require_success(self, doing: str) -> None:
        said = self._protocol.result["description"]
        if said != "success":
            raise DirectoryUnavailable(
                self._store, f"{doing}: {said}" + (f"; {ADVICE[said]}" if said in ADVICE else "")
            )

    @contextmanager
    def _errors(self) -> Generator[None]:
        try:
            yield
        except DirectoryUnavailable:
            self.close()
            raise
        except ERRORS as error:
            self.lost = not isinstance(error, (TimeoutError, LDAPInvalidFilterError))
            self.leave()
            raise DirectoryUnavailable(self._store, _words(error, self._config.timeout)) from None


def _entry(item: Mapping[str, Mapping[str, Sequence[bytes]]]) -> Entry:
    # Names come in the server's case, some with options (;lang-de), which stand in where there is none without.
    entry: dict[str, Sequence[bytes]] = {}
    for full_name, values in item["raw_attributes"].items():
        name, options, _ = full_name.lower().partition(";")
        if not options or name not in entry:
            entry[name] = values
    return entry


def _words(error: BaseException, timeout: float) -> str:
    """What happened, in one line; never the server's words, nor what was asked."""
    name = type(error).__name__
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is refused: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"no secure connection ({error.reason or name})"
    words: Mapping[type[BaseException] | tuple[type[BaseException], ...], str] = {
        TimeoutError: f"no answer within {timeout:g}s",
        ConnectionRefusedError: "connection refused",
        socket.gaierror: "the host is unknown",
        FileNotFoundError: "'ca_file' can't be read",
        LDAPInvalidFilterError: "'filter' can't be understood",
        (OSError, LDAPExceptionError): f"the connection broke ({name})",
    }
    return next((said for kind, said in words.items() if isinstance(error, kind)), f"the answer is no LDAP ({name})")
