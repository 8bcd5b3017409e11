from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import pytest
from composing import ADDRESS, DIRECTORY

from notifier.compose.directory.port import User
from notifier.compose.directory.realms import RealmDirectory
from notifier.configuration import DirectoryConfig, StaticStoreConfig
from notifier.errors import DirectoryUnavailable

STATIC = RealmDirectory(DIRECTORY)


class Register:
    """A store of so many users, that counts how many were read, and can be down."""

    def __init__(self, users: int = 0, *, down: bool = False) -> None:
        self.size, self.down = users, down
        self.read = self.asked = 0
        self.closed = False

    def user(self, username: str) -> User | None:
        self.asked += 1
        if self.down:
            raise DirectoryUnavailable("register", "no answer")
        known = username.startswith("user") and int(username[4:]) < self.size
        return {"username": username, "email": f"{username}@x.de"} if known else None

    def users(self) -> Iterator[User]:
        for number in range(self.size):
            self.read += 1
            yield {"username": f"user{number}", "email": f"user{number}@x.de"}
        if self.down:
            raise DirectoryUnavailable("register", "no answer")

    def close(self) -> None:
        self.closed = True


def realm_of(**stores: Register) -> RealmDirectory:
    """A directory whose one realm, r, has these stores."""
    config = DirectoryConfig(realms={"r": tuple(stores)}, stores=dict.fromkeys(stores, StaticStoreConfig()))
    return RealmDirectory(config, lambda name, _: stores[name])


def written(*users: Mapping[str, Any]) -> RealmDirectory:
    """A directory whose one realm, r, has one store with these users."""
    return RealmDirectory(DirectoryConfig(realms={"r": ("s",)}, stores={"s": StaticStoreConfig(users)}))


def test_the_first_store_wins() -> None:
    """A user name that two stores of a realm have is the first store's user."""
    assert (STATIC.user("cornelius", "Realm1") or {})["email"] == ADDRESS
    assert [user["username"] for user in STATIC.members("realm1") or ()] == ["cornelius", "selma", "hans"]


def test_a_realm_in_any_case() -> None:
    """Realms are found whatever the case; none is the default realm."""
    assert STATIC.user("cornelius", "REALM1") == STATIC.user("cornelius", "") == STATIC.user("cornelius", "realm1")
    assert (STATIC.user("cornelius", "REALM1") or {})["realm"] == "realm1"
    assert list(STATIC.members("HELPDESK") or ()) == list(STATIC.members("helpdesk") or ()) != []


def test_nobody() -> None:
    """Who isn't there is None, a realm that isn't there has no members."""
    assert STATIC.user("nemo", "realm1") is None
    assert STATIC.user("", "realm1") is None
    assert STATIC.user("cornelius", "nowhere") is None
    assert STATIC.members("nowhere") is STATIC.members("") is None
    assert STATIC.internal_admin("nemo") is None


def test_attributes() -> None:
    """Further attributes count under info and flat; where both are given, info's."""
    hans = STATIC.user("hans", "realm1") or {}

    assert (hans["sec_mail"], hans["shoe"], hans["resolver"]) == ("hans@secret.de", "43", "second")

    directory = written({"username": "x", "email": "a", "info": {"email": "b", "username": "y"}})
    assert (directory.user("x", "r") or {})["email"] == "b"


def test_members_without_a_name() -> None:
    """Who has no user name is a member nevertheless."""
    directory = written({"email": "a@x.de"}, {"email": "b@x.de"})

    assert [user["email"] for user in directory.members("r") or ()] == ["a@x.de", "b@x.de"]


def test_internal_admins() -> None:
    """Internal admins are known by name."""
    assert STATIC.internal_admin("admin") == {"username": "admin", "email": "admin@localhost"}


def test_members_are_read_as_they_are_asked_for() -> None:
    """A realm of ten thousand costs no more than what is looked at; asked again, it begins again."""
    register = Register(10_000)
    directory = realm_of(register=register)

    members = directory.members("r")

    assert members is not None
    assert register.read == 0
    assert [user["username"] for user in islice(members, 3)] == ["user0", "user1", "user2"]
    assert register.read == 3
    assert sum(1 for _ in directory.members("r") or ()) == 10_000


def test_members_of_two_stores_count_once() -> None:
    """Who is in both is the first one's, also among members."""
    directory = realm_of(first=Register(2), second=Register(3))

    found = [(user["username"], user["resolver"]) for user in directory.members("r") or ()]

    assert found == [("user0", "first"), ("user1", "first"), ("user2", "second")]


def test_the_second_store_is_asked_for_who_is_missing() -> None:
    """And only for them."""
    second = Register(3)
    directory = realm_of(first=Register(2), second=second)

    assert [(directory.user(name, "r") or {})["resolver"] for name in ("user1", "user2")] == ["first", "second"]
    assert second.asked == 1


def test_a_store_that_is_down_is_not_passed_over() -> None:
    """The person may be in it, and somebody else of that name in the next."""
    directory = realm_of(first=Register(down=True), second=Register(3))

    with pytest.raises(DirectoryUnavailable):
        directory.user("user1", "r")
    with pytest.raises(DirectoryUnavailable):
        list(directory.members("r") or ())


@pytest.mark.parametrize("name", ["user1\0", "user1\n", "\ud800"])
def test_what_is_no_name(name: str) -> None:
    """No store is asked for a name with what can't be printed: some would fail, each time anew."""
    register = Register(3)

    assert realm_of(register=register).user(name, "r") is None
    assert register.asked == 0


def test_realms_written_twice() -> None:
    """In two cases they are one, with the stores of both."""
    config = DirectoryConfig(
        realms={"R": ("a",), "r": ("b", "a", "gone")},
        stores={
            "a": StaticStoreConfig(({"username": "x", "email": "a@x.de"},)),
            "b": StaticStoreConfig(({"username": "x"}, {"username": "y"})),
        },
    )

    members = RealmDirectory(config).members("r") or ()

    assert [(user["username"], user["resolver"]) for user in members] == [("x", "a"), ("y", "b")]


def test_close() -> None:
    """Closes every store."""
    stores = {"first": Register(), "second": Register()}

    realm_of(**stores).close()

    assert all(store.closed for store in stores.values())
