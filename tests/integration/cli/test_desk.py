"""`dead`, `show` and `status` over a real Redis."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from notifier.record.workers import Report

Make = Callable[..., dict[str, Any]]
KEYS = {
    *("id", "event", "type", "handler", "channel", "provider", "to", "reason", "detail", "attempts", "first", "last"),
    *("state", "via", "definition_version", "configuration_version", "replays"),
}


def test_dead_list_has_exactly_the_keys_of_the_contract(desk: Any, make_event: Make) -> None:
    """Who reads it by program finds each of them, and addresses masked."""
    desk.refuse(make_event("e1"))

    (letter,) = desk.dead()

    assert set(letter) == KEYS
    assert letter["event"] == "e1"
    assert letter["type"] == "token_init"
    assert letter["handler"] == "tell the owner"
    assert (letter["channel"], letter["provider"], letter["to"]) == ("mail", "relay1", "k**@example.com")
    assert (letter["reason"], letter["detail"]) == ("mailbox_unavailable", "550 5.1.1 no such user")
    assert (letter["attempts"], letter["state"]) == (1, "dead")
    assert letter["first"] == letter["last"]
    assert letter["last"].endswith("+00:00")


def test_dead_list_for_people_is_a_table(desk: Any, make_event: Make) -> None:
    """One line each, and a word when there is none."""
    assert desk.run("dead", "list").stderr == "no dead letters\n"

    desk.refuse(make_event("e1"))

    head, line = desk.run("dead", "list").stdout.splitlines()
    assert head.split() == ["id", "state", "last", "event", "handler", "provider", "to", "reason", "attempts"]
    assert "mailbox_unavailable" in line


def test_filters_restrict(desk: Any, make_event: Make) -> None:
    """By definition, provider, reason and time."""
    desk.refuse(make_event("e1"), make_event("e2", "token_disable"))

    def events(*arguments: str) -> list[str]:
        return [letter["event"] for letter in desk.json("dead", "list", *arguments)]

    assert sorted(events()) == ["e1", "e2"]
    assert events("--handler", "text the owner") == ["e2"]
    assert events("--provider", "spare") == []
    assert len(events("--reason", "mailbox_unavailable", "--since", "1h")) == 2
    assert events("--since", "2099-01-01") == []


def test_a_misspelt_filter_is_not_an_empty_desk(desk: Any, make_event: Make) -> None:
    """Whoever misspells a name doesn't go home believing that all is well."""
    desk.refuse(make_event("e1"), make_event("e2"))

    misspelt = desk.run("dead", "list", "--handler", "tell the ownr").stderr
    elsewhen = desk.run("dead", "list", "--since", "2099-01-01").stderr

    assert misspelt == (
        "none of the 2 dead letters match: of --handler 'tell the ownr' there is none; did you mean 'tell the owner'?\n"
    )
    assert elsewhen == "none of the 2 dead letters match\n"


def test_the_beginning_of_an_id_is_enough(desk: Any, make_event: Make) -> None:
    """Where no other begins so."""
    desk.refuse(make_event("e1"), make_event("e2"))
    first, second = (letter["id"] for letter in desk.dead())
    assert first[:8] != second[:8]

    assert desk.json("dead", "show", first[:8])["id"] == first
    assert desk.run("dead", "show", first[:3]).exit_code == 1
    assert desk.json("dead", "discard", second[:8], "--yes")["discarded"] == [second]
    assert [letter["id"] for letter in desk.dead()] == [first]


def test_dead_show_tells_every_attempt(desk: Any, make_event: Make) -> None:
    """The letter, and the server's words."""
    desk.refuse(make_event("e1"))
    ident = desk.dead()[0]["id"]

    plain = desk.run("dead", "show", ident)
    document = desk.json("dead", "show", ident)

    assert "1. " in plain.stdout
    assert "550 5.1.1 no such user" in plain.stdout
    assert set(document) == {*KEYS, "history"}
    assert document["history"][0]["outcome"] == "rejected"
    assert desk.run("dead", "show", "nothing").exit_code == 1


def test_replay_sends_again_at_once(desk: Any, make_event: Make) -> None:
    """It is due now, and its history is kept."""
    desk.refuse(make_event("e1"))
    ident = desk.dead()[0]["id"]

    result = desk.run("dead", "replay", ident, "unknown")

    assert result.exit_code == 0
    assert result.stdout == "replayed 1, 1 was not there: unknown\n"
    assert desk.dead() == []
    assert desk.json("status")["outbox"] == {"due": 1, "waiting": 0, "leased": 0, "dead": 0, "held_back": 0}
    (delivery,) = desk.json("show", "e1")["deliveries"]
    assert delivery["state"] == "retry"
    assert delivery["attempts"][0]["outcome"] == "rejected"


def test_replay_of_many_needs_a_yes_and_takes_them_all(desk: Any, make_event: Make) -> None:
    """More than a page: none is passed over while the pages move."""
    desk.refuse(*(make_event(f"e{i}") for i in range(1100)))

    asked = desk.run("dead", "replay", "--all")
    done = desk.json("dead", "replay", "--all", "--yes")

    assert asked.exit_code == 2
    assert "Replay 1100 dead letters? Say so with --yes" in asked.stderr
    assert len(done["replayed"]) == 1100
    assert (done["reopened"], done["not_there"]) == ([], [])
    assert desk.json("status")["outbox"]["due"] == 1100


def test_replay_of_what_was_never_composed_evaluates_again(desk: Any, make_event: Make) -> None:
    """The definition was broken; after a mend the event meets it anew. Until then it is on the desk."""
    desk.take_in(make_event("e1", "token_broken"))
    assert [(x["state"], x["attempts"]) for x in desk.dead()] == [("dead", 0)]

    result = desk.run("dead", "replay", "--handler", "broken on purpose")

    assert result.stdout == "reopened 1; `notifier dead list --state reopened` shows what still waits\n"
    assert desk.json("status")["intake"]["backlog"] == 1
    assert [(x["state"], x["replays"]) for x in desk.dead()] == [("reopened", 1)]
    assert [x["event"] for x in desk.json("dead", "list", "--state", "reopened")] == ["e1"]
    desk.take_in()
    assert [(x["state"], x["reason"]) for x in desk.dead()] == [("dead", "definition_error")]


def test_a_dry_run_does_nothing(desk: Any, make_event: Make) -> None:
    """It says what would be done."""
    desk.refuse(make_event("e1"))

    result = desk.run("dead", "discard", "--all", "--dry-run")
    ids = [letter["id"] for letter in desk.dead()]

    assert result.stdout.endswith("would discard 1\n")
    assert desk.json("dead", "replay", "--all", "--dry-run") == {"dry_run": True, "meant": ids, "not_there": []}
    assert len(desk.dead()) == 1


def test_discard_needs_a_yes_and_erases(desk: Any, make_event: Make) -> None:
    """Even one: its text is gone for good."""
    desk.refuse(make_event("e1"))
    ident = desk.dead()[0]["id"]

    asked = desk.run("dead", "discard", ident)
    done = desk.json("dead", "discard", ident, "--yes")
    again = desk.run("dead", "discard", ident, "--yes")

    assert asked.exit_code == 2
    assert done == {"discarded": [ident], "not_there": []}
    assert (again.exit_code, again.stdout) == (1, f"discarded 0, 1 was not there: {ident}\n")
    assert desk.dead() == []


@pytest.mark.parametrize("verb", ["replay", "discard"])
def test_nothing_named_is_wrong_usage(desk: Any, verb: str) -> None:
    """Nobody means everything by saying nothing."""
    assert desk.run("dead", verb).exit_code == 2
    assert desk.run("dead", verb, "an-id", "--all").exit_code == 2
    assert desk.run("dead", verb, "--since", "soon").exit_code == 2


def test_show_tells_the_whole_story(desk: Any, make_event: Make) -> None:
    """Event, verdicts, deliveries and attempts, by the event's id or the delivery's."""
    desk.refuse(make_event("e1"))

    story = desk.json("show", "e1")
    delivery = story["deliveries"][0]
    plain = desk.run("show", "e1").stdout

    assert set(story) == {"event", "deliveries"}
    assert (story["event"]["id"], story["event"]["type"]) == ("e1", "token_init")
    assert delivery["state"] == "dead"
    assert set(delivery["attempts"][0]) == {"at", "outcome", "reason", "detail", "provider"}
    assert desk.json("show", delivery["id"])["deliveries"] == [delivery]
    for words in ("token_init e1 from /pi", f"dead {delivery['id']}", "tell the owner: matched", "1. ", "550 5.1.1"):
        assert words in plain
    assert "kim@example.com" not in plain


def test_show_finds_what_waits_and_what_is_in_quarantine(desk: Any, make_event: Make) -> None:
    """Nothing accepted is lost from sight: not yet read, or not readable."""
    bad = json.dumps({**make_event("bad"), "type": 5}).encode()
    desk.wiring.stream.append([bad])
    desk.take_in()
    desk.publish(make_event("new"))

    waiting = desk.json("show", "new")
    quarantined = desk.json("show", "bad")
    entry = quarantined["event"]["quarantine"]

    assert waiting["deliveries"] == quarantined["deliveries"] == []
    assert (waiting["event"]["state"], waiting["event"]["type"]) == ("waiting", "token_init")
    assert (quarantined["event"]["state"], quarantined["event"]["reason"]) == ("quarantined", "wrong_type")
    assert desk.json("show", entry)["event"]["state"] == "quarantined"
    assert "waiting" in desk.run("show", "new").stdout
    assert "quarantined" in desk.run("show", "bad").stdout


def test_show_of_an_unknown_id_is_one_line(desk: Any, make_event: Make) -> None:
    """Exit 1; a serial is no id, even where it stands in a waiting event."""
    desk.publish(make_event("e1"))

    for word in ("nothing", "OATH1", "*", "a\nb"):
        result = desk.run("show", word)
        assert result.exit_code == 1
        assert result.stderr.startswith("notifier: nothing is known under")
        assert result.stderr.count("\n") == 1


def test_an_event_of_the_record_is_explained(desk: Any, make_event: Make) -> None:
    """By its id: the same delivery as the live one."""
    desk.refuse(make_event("e1"))

    explained = desk.json("explain", "e1")

    (handler,) = explained["handlers"]
    assert handler["deliveries"][0]["id"] == desk.dead()[0]["id"]
    assert desk.run("explain", "nothing").exit_code == 1


def test_status_has_exactly_the_keys_of_the_contract(desk: Any, make_event: Make) -> None:
    """All configured providers; where two share a name, the SMS gateway says so."""
    desk.wiring.stream.append([b"nonsense"])
    desk.refuse(make_event("e1"))
    desk.take_in(make_event("e2"))
    desk.publish(make_event("e3"))

    counts = dict.fromkeys(("due", "waiting", "accepted", "deferred", "rejected"), 0)
    nothing = {"state": "ok", **counts, "rate": "", "why": ""}
    assert desk.json("status") == {
        "intake": {"backlog": 1, "pending": 0, "deferred": 0, "quarantined": 1},
        "outbox": {"due": 1, "waiting": 0, "leased": 0, "dead": 1, "held_back": 0},
        "providers": {
            "relay1": {**nothing, "channel": "mail", "due": 1, "rejected": 1},
            "spare": {**nothing, "channel": "mail"},
            "relay1:sms": {**nothing, "channel": "sms"},
        },
        "configuration": {"version": desk.wiring.configuration.version, "workers": {}},
    }


def test_status_for_people_names_what_is_broken(desk: Any) -> None:
    """A definition or a provider that can't be used is worth a line."""
    (desk.config / "smtp_servers.yaml").write_text('relay1: {server: localhost, password: "${env:NOT_SET_ANYWHERE}"}\n')
    (desk.config / "handlers" / "bad.yaml").write_text("- {name: odd one, event: token_init, actoin: sendmail}\n")

    result = desk.run("status")

    assert result.exit_code == 0
    assert "0 backlog, 0 pending, 0 deferred, 0 quarantined" in result.stdout
    assert "broken: definition 'odd one', provider 'relay1'; `notifier check` says why" in result.stdout
    assert desk.json("status")["providers"]["relay1"]["state"] == "broken"


def test_status_tells_who_works_with_what(desk: Any) -> None:
    """Each worker with its version, and one that doesn't work with these files with the place of the error."""
    assert "no worker runs" in desk.run("status").stdout
    version = desk.json("status")["configuration"]["version"]
    since = datetime(2026, 11, 24, 12, tzinfo=UTC)
    desk.wiring.workers.beat("good@a", Report(version, since))
    desk.wiring.workers.beat("late@b", Report("0ld", since, "handlers/all.yaml:3:7: bad"))

    assert desk.json("status")["configuration"] == {
        "version": version,
        "workers": {
            "good@a": {"version": version, "since": "2026-11-24T12:00:00.000+00:00", "error": None},
            "late@b": {
                "version": "0ld",
                "since": "2026-11-24T12:00:00.000+00:00",
                "error": "handlers/all.yaml:3:7: bad",
            },
        },
    }
    text = desk.run("status").stdout
    assert f"config  version {version}, 1 of 2 workers work with it" in text
    assert "late@b works with 0ld since 2026-11-24T12:00:00.000+00:00, because of handlers/all.yaml:3:7: bad" in text


def test_what_is_broken_is_named_by_its_file(desk: Any) -> None:
    """Where it is no definition and no provider; where nothing is broken there is no such line."""
    assert "broken:" not in desk.run("status").stdout
    (desk.config / "directory.yaml").write_text("realms: {sales: [nosuchstore]}\n")

    assert "broken: directory.yaml; `notifier check` says why" in desk.run("status").stdout
