from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import pytest
from directories import BASE, LIMITED, PASSWORD, Slapd, is_down
from servers import dripping_server, free_port, silent_server

from notifier.compose.directory.ldap import LdapStore
from notifier.configuration import LdapStoreConfig, Secret
from notifier.errors import DirectoryUnavailable

MakeLdap = Callable[..., LdapStore]
#: An answer that doesn't come is given up after so many seconds.
SHORT = 0.4


def test_over_starttls_and_tls(ldap: MakeLdap, ldap_server: Slapd) -> None:
    """Both ways find the same."""
    found = [ldap(uri=(uri,)).user("user7") for uri in (ldap_server.uri, ldap_server.tls_uri)]

    assert found == [{"username": "user7", "email": "user7@x.de"}] * 2


def test_attributes(ldap: MakeLdap) -> None:
    """First values, lists where they are wanted, the first attribute that has one; what isn't text is nothing."""
    store = ldap(
        attributes={"email": ("rfc822mailbox", "mail"), "mobile": ("mobile",), "phone": ("fax", "homePhone")}
        | {"surname": ("SN",), "picture": ("jpegPhoto",), "givenname": ("givenName",)},
        info={"department": ("departmentNumber",)},
    )

    assert store.user("ZOË") == {
        "username": "zoë",
        "email": "zoe@x.de",
        "mobile": ["+491", "+492"],
        "phone": "+493",
        "surname": "Zürn",
        "info": {"department": "42"},
    }


def test_attributes_with_options(ldap: MakeLdap) -> None:
    """The attribute itself counts for more than one with an option, which stands in where it is alone."""
    store = ldap(attributes={"email": ("mail",), "city": ("l",)})

    assert store.user("zoë") == {"username": "zoë", "email": "zoe@x.de", "city": "Wien"}


def test_one_of_several_names(ldap: MakeLdap) -> None:
    """Who is found by a name has that name."""
    assert (ldap().user("zz") or {})["username"] == "zz"


def test_pages_past_the_size_limit(ldap: MakeLdap) -> None:
    """All 1,200 come, a hundred at a time, though the server gives no more than 500 at once."""
    names = [user["username"] for user in ldap().users()]

    assert len(names) == len(set(names)) == 1202


def test_members_are_read_page_by_page(ldap: MakeLdap) -> None:
    """The first ones are there, though the server refuses to give them all; the refusal says what to do."""
    store = ldap(bind_dn=LIMITED)

    assert len(list(islice(store.users(), 300))) == 300
    with pytest.raises(DirectoryUnavailable, match="sizeLimitExceeded; the server must let 'bind_dn' read more"):
        list(store.users())


def test_scope_and_filter(ldap: MakeLdap) -> None:
    """Whom the configuration leaves out isn't there."""
    assert ldap().user("elsewhere") is not None
    assert ldap(scope="onelevel").user("elsewhere") is None
    assert ldap(filter="(!(uid=user7))").user("user7") is None
    assert sum(1 for _ in ldap(filter="(uid=user7)").users()) == 1


def test_another_login(ldap: MakeLdap) -> None:
    """The user name may be any attribute."""
    assert ldap(login="mail").user("user7@x.de") == {"username": "user7@x.de", "email": "user7@x.de"}


def test_lookups_while_members_are_read(ldap: MakeLdap) -> None:
    """Neither disturbs the other, nor two who read at once."""
    store = ldap()
    one, two = store.users(), store.users()

    for _ in range(250):
        assert next(one)["username"] == next(two)["username"]
        assert store.user("user7") is not None


def test_many_threads(ldap: MakeLdap) -> None:
    """Each gets its own answer."""
    store = ldap()

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda i: (store.user(f"user{i}") or {})["email"], range(200)))

    assert found == [f"user{i}@x.de" for i in range(200)]


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_after_a_fork(ldap: MakeLdap) -> None:
    """The child opens its own connection, and the parent's goes on."""
    store = ldap()
    store.user("user1")

    child = os.fork()
    if not child:
        found = store.user("user2")
        store.close()
        os._exit(0 if found and found["username"] == "user2" else 1)

    assert os.waitpid(child, 0)[1] == 0
    assert (store.user("user3") or {})["username"] == "user3"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bind_password": Secret("wrong")}, "bind refused: invalidCredentials"),
        ({"base": "ou=nowhere,dc=example,dc=com"}, "search refused: noSuchObject; look at 'base'"),
        ({"bind_dn": "", "bind_password": Secret()}, "search refused: insufficientAccessRights"),
        ({"ca_file": ""}, "the certificate is refused: unable to get local issuer certificate"),
        ({"ca_file": "/nowhere/ca.pem"}, "'ca_file' can't be read"),
        ({"filter": "(x"}, "'filter' can't be understood"),
        ({"uri": ("ldap://nowhere.invalid",)}, "the host is unknown"),
    ],
)
def test_what_is_wrong(ldap: MakeLdap, changes: dict[str, Any], words: str) -> None:
    """In one line, for one who is asked and for all; nothing secret in it."""
    store = ldap(**changes)

    for ask in (lambda: store.user("user7"), lambda: list(store.users())):
        with pytest.raises(DirectoryUnavailable) as caught:
            ask()
        assert is_down(caught.value, "'ad'", words)


def test_a_certificate_for_another_name(ldap: MakeLdap, ldap_server: Slapd) -> None:
    """Is refused, over TLS and StartTLS; unless nobody wants to verify it."""
    uris = [uri.replace("localhost", "127.0.0.1") for uri in (ldap_server.uri, ldap_server.tls_uri)]

    for uri in uris:
        with pytest.raises(DirectoryUnavailable, match="the certificate is refused: IP address mismatch"):
            ldap(uri=(uri,)).user("user7")
        assert ldap(uri=(uri,), verify=False, ca_file="").user("user7") is not None


def test_a_server_without_starttls(ldap: MakeLdap, ldap_server: Slapd) -> None:
    """Nothing is sent in clear, unless the configuration says so."""
    assert ldap(start_tls=False).user("user7") is not None

    with pytest.raises(DirectoryUnavailable, match="no secure connection"):
        ldap(uri=(f"ldaps://localhost:{ldap_server.port}",)).user("user7")


def test_the_next_server(ldap: MakeLdap, ldap_server: Slapd) -> None:
    """Is asked when one doesn't answer; all that fail are named."""
    gone = f"ldap://127.0.0.1:{free_port()}"

    assert ldap(uri=(gone, ldap_server.uri)).user("user7") is not None
    with pytest.raises(DirectoryUnavailable, match=r"127\.0\.0\.1: connection refused; nowhere\.invalid: the host is"):
        ldap(uri=(gone, "ldap://nowhere.invalid")).user("user7")


@pytest.mark.parametrize("scheme", ["ldap", "ldaps"])
@pytest.mark.parametrize("greeting", [b"", b"\x30", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x30\x03\x02\x01\x01" * 9])
def test_a_server_that_never_answers(ldap: MakeLdap, scheme: str, greeting: bytes) -> None:
    """Is given up after the time-out, whatever it says before."""
    with silent_server(greeting) as port:
        began = time.monotonic()
        with pytest.raises(DirectoryUnavailable):
            ldap(uri=(f"{scheme}://localhost:{port}",), timeout=SHORT).user("user7")

        assert time.monotonic() - began < SHORT * 3


def bound(question: bytes) -> bytes:
    """The answer to a bind: success."""
    answer = question[2 : 4 + question[3]] + bytes.fromhex("61070a010004000400")
    return bytes([0x30, len(answer)]) + answer


@pytest.mark.parametrize(("start_tls", "answers"), [(True, ()), (False, ()), (False, (bound,))])
def test_a_server_that_drips(start_tls: bool, answers: tuple[Callable[[bytes], bytes], ...]) -> None:
    """Every byte comes in time, and the answer doesn't: given up after the time-out, whichever answer it is."""
    with dripping_server(*answers) as port:
        config = LdapStoreConfig(uri=(f"ldap://127.0.0.1:{port}",), base=BASE, start_tls=start_tls, timeout=SHORT)
        store = LdapStore("ad", config)
        for ask in (lambda: store.user("user7"), lambda: list(store.users())):
            began = time.monotonic()
            with pytest.raises(DirectoryUnavailable, match="no answer within 0.4s"):
                ask()
            assert time.monotonic() - began < SHORT * 5


@pytest.mark.parametrize("tls", [False, True])
def test_a_server_that_stops_answering(ldap: MakeLdap, ldap_server: Slapd, tls: bool) -> None:
    """Is given up after the time-out, on a kept connection with TLS too, and asked again when it is back."""
    store = ldap(timeout=SHORT, uri=(ldap_server.tls_uri if tls else ldap_server.uri,), start_tls=False)
    store.user("user7")

    ldap_server.server.signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(DirectoryUnavailable, match="no answer within 0.4s"):
            store.user("user7")
        assert time.monotonic() - began < SHORT * 3
    finally:
        ldap_server.server.signal(signal.SIGCONT)

    assert store.user("user7") is not None


def test_a_server_that_was_restarted(ldap: MakeLdap, ldap_server: Slapd) -> None:
    """Down it is reported, back it is asked; who was reading hears that the rest is missing."""
    store, members = ldap(), ldap().users()
    store.user("user7")
    next(members)

    ldap_server.server.kill()
    try:
        with pytest.raises(DirectoryUnavailable, match="connection refused"):
            store.user("user7")
        with pytest.raises(DirectoryUnavailable, match="the connection broke"):
            list(members)
    finally:
        ldap_server.server.start()

    assert store.user("user7") is not None

    ldap_server.server.kill()
    ldap_server.server.start()
    assert store.user("user7") is not None


def test_nothing_secret_is_shown(ldap: MakeLdap) -> None:
    """Not by the store, nor its configuration."""
    store = ldap()

    assert PASSWORD not in repr(store) + repr(store._config)
