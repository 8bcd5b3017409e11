from __future__ import annotations

from composing import ADDRESS, DIRECTORY

from notifier.compose.directory.realms import RealmDirectory
from notifier.configuration import DirectoryConfig, StaticStoreConfig

STATIC = RealmDirectory(DIRECTORY)


def test_the_first_store_wins() -> None:
    """A user name that two stores of a realm have is the first store's user."""
    assert (STATIC.user("cornelius", "Realm1") or {})["email"] == ADDRESS
    assert [user["username"] for user in STATIC.members("realm1") or ()] == ["cornelius", "selma", "hans"]


def test_a_realm_in_any_case() -> None:
    """Realms are found whatever the case; none is the default realm."""
    assert STATIC.user("cornelius", "REALM1") == STATIC.user("cornelius", "") == STATIC.user("cornelius", "realm1")
    assert list(STATIC.members("HELPDESK") or ()) == list(STATIC.members("helpdesk") or ()) != []


def test_nobody() -> None:
    """Who isn't there is None, a realm that isn't there has no members."""
    assert STATIC.user("nemo", "realm1") is None
    assert STATIC.user("cornelius", "nowhere") is None
    assert STATIC.members("nowhere") is STATIC.members("") is None
    assert STATIC.internal_admin("nemo") is None


def test_attributes() -> None:
    """Further attributes count under info and flat; where both are given, info's."""
    hans = STATIC.user("hans", "realm1") or {}

    assert (hans["sec_mail"], hans["shoe"], hans["resolver"]) == ("hans@secret.de", "43", "second")

    config = DirectoryConfig(
        realms={"r": ("s",)},
        stores={"s": StaticStoreConfig(({"username": "x", "email": "a", "info": {"email": "b", "username": "y"}},))},
    )
    assert (RealmDirectory(config).user("x", "r") or {})["email"] == "b"


def test_members_without_a_name() -> None:
    """Who has no user name is a member nevertheless."""
    config = DirectoryConfig(
        realms={"r": ("s",)}, stores={"s": StaticStoreConfig(({"email": "a@x.de"}, {"email": "b@x.de"}))}
    )

    assert [user["email"] for user in RealmDirectory(config).members("r") or ()] == ["a@x.de", "b@x.de"]


def test_internal_admins() -> None:
    """Internal admins are known by name."""
    assert STATIC.internal_admin("admin") == {"username": "admin", "email": "admin@localhost"}
