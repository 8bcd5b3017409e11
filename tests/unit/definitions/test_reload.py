"""Edits: what is noticed, when it is read, and what isn't taken."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from notifier.definitions.load import Configuration, load
from notifier.definitions.reload import Watch, fingerprint, objections, unchangeable
from notifier.errors import ConfigError
from notifier.wiring import Wiring

Written = Callable[..., Configuration]


@pytest.fixture
def root(written: Written, tmp_path: Path) -> Path:
    """A good configuration."""
    written()
    (tmp_path / "templates" / "welcome").mkdir(parents=True)
    (tmp_path / "templates" / "welcome" / "body.txt").write_text("Hello")
    (tmp_path / "pw").write_text("s3cret")
    return tmp_path


def replaced(file: Path, text: str) -> None:
    """As many editors write: beside it, then renamed."""
    beside = file.with_name(".new")
    beside.write_text(text)
    beside.rename(file)


@pytest.mark.parametrize(
    "edit",
    [
        lambda root: (root / "handlers" / "all.yaml").write_text("[]"),
        lambda root: (root / "handlers" / "more.yaml").touch(),
        lambda root: (root / "templates" / "welcome" / "body.txt").unlink(),
        lambda root: (root / "pw").write_text("other"),
        lambda root: replaced(root / "smtp_servers.yaml", (root / "smtp_servers.yaml").read_text()),
        lambda root: os.utime(root / "smtp_servers.yaml", ns=(1, 1)),
    ],
)
def test_a_fingerprint_sees_every_edit(root: Path, edit: Callable[[Path], object]) -> None:
    """Written, added, gone, replaced by a file of the same size; a secret's file, too."""
    before = fingerprint(root, ["pw"])
    assert fingerprint(root, ["pw"]) == before

    edit(root)

    assert fingerprint(root, ["pw"]) != before


@pytest.mark.parametrize("name", ["\0", "x" * 5000, "nowhere/pw"])
def test_a_secret_s_path_may_be_none(root: Path, name: str) -> None:
    """What can't be a file has a fingerprint nevertheless."""
    assert fingerprint(root, [name])[-1] == (name, 0, 0, 0, 0)


def watch(root: Path, environ: Mapping[str, str] | None = None) -> Watch:
    """A watch that knows what is there, and has looked once."""
    found = Watch(root, environ or {}, load(root, environ or {}))
    assert found.look() is None
    assert found.look() is None
    return found


def test_an_edit_is_told_once_and_when_it_is_at_rest(root: Path) -> None:
    """The look that notices it waits for another, in case that somebody is still writing."""
    seen = watch(root)
    file = root / "handlers" / "all.yaml"
    good = file.read_text()

    file.write_text(good[:30])
    assert seen.look() is None
    file.write_text(good.replace("tell", "warn"))
    assert seen.look() is None
    told = seen.look()

    assert told is not None
    assert [d.name for d in told.definitions] == ["warn the owner"]
    assert [seen.look(), seen.look()] == [None, None]


def test_on_demand_nothing_is_waited_for(root: Path) -> None:
    """Who says that all is written is believed."""
    seen = watch(root)

    (root / "handlers" / "more.yaml").write_text("[]\n")

    assert seen.look(at_once=True) is not None
    assert [seen.look(), seen.look(), seen.look(at_once=True)] == [None, None, None]


def test_written_again_with_the_same_words_is_no_edit(root: Path) -> None:
    """`touch`, or a checkout of the same commit."""
    seen = watch(root)

    os.utime(root / "handlers" / "all.yaml", ns=(1, 1))

    assert [seen.look(), seen.look(), seen.look()] == [None, None, None]


def test_an_edit_before_the_first_look_is_found(root: Path) -> None:
    """Between reading and watching, somebody may write."""
    seen = Watch(root, {}, load(root, {}))
    (root / "handlers" / "more.yaml").write_text("[]\n")

    assert seen.look() is None
    assert seen.look() is not None


def test_a_renewed_secret_is_an_edit(root: Path) -> None:
    """Although the version, which anybody may read, is the same."""
    (root / "smtp_servers.yaml").write_text("relay1: {server: h, password: '${file:pw}'}\n")
    seen = watch(root)
    before = load(root, {})

    (root / "pw").write_text("n3w")
    assert seen.look() is None
    told = seen.look()

    assert told is not None
    assert told.version == before.version
    assert told.smtp_servers["relay1"].password.reveal() == "n3w"


def test_what_is_written_while_it_is_read_is_read_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of what was read may be old: it is nobody's configuration."""
    seen = watch(root)
    file = root / "handlers" / "all.yaml"
    good = file.read_text()
    file.write_text(good.replace("tell", "warn"))
    seen.look()

    def slow(where: Path, environ: Mapping[str, str]) -> Configuration:
        found = load(where, environ)
        file.write_text(good.replace("tell", "remind"))
        return found

    with monkeypatch.context() as patched:
        patched.setattr("notifier.definitions.reload.load", slow)
        assert seen.look() is None
    seen.look()
    told = seen.look()

    assert told is not None
    assert [d.name for d in told.definitions] == ["remind the owner"]


def test_a_directory_that_is_gone_is_told_and_found_again(root: Path) -> None:
    """A mount that fails and comes back."""
    seen = watch(root)
    root.rename(root.with_name(f"{root.name}-away"))
    seen.look()
    with pytest.raises(ConfigError):
        seen.look()
    assert [seen.look(), seen.look()] == [None, None]

    root.with_name(f"{root.name}-away").rename(root)
    seen.look()

    assert seen.look() is not None


def objected(root: Path, before: Configuration, environ: Mapping[str, str] | None = None) -> list[str]:
    """Why what is there now isn't taken in place of ``before``."""
    old = Wiring(root, environ or {}, configuration=before)
    new = Wiring(root, environ or {})
    return [str(p) for p in objections(new.configuration, new.check(), before, old.check())]


def test_what_check_calls_an_error_is_not_taken(written: Written, root: Path, good: str) -> None:
    """Whether a file can't be read, or a single text has a tag that doesn't exist."""
    before = load(root, {})

    written(handlers__all=good.replace("body: b", "body: '{serail}'"))
    (tag,) = objected(root, before)
    written(handlers__all="- name: [a\n")
    (syntax,) = objected(root, before)

    assert tag.startswith("handlers/all.yaml:4:62: ")
    assert syntax.startswith("handlers/all.yaml:2:1: not YAML")


def test_a_warning_is_taken(written: Written, root: Path, good: str) -> None:
    """An event nobody knows may be somebody else's."""
    before = load(root, {})

    written(handlers__all=good.replace("token_init", "token_unheard_of"))

    assert objected(root, before) == []


def test_only_new_errors_count(written: Written, root: Path, good: str) -> None:
    """Who started with a broken definition can still edit the others; a second one isn't taken."""
    broken = good.replace("tell the owner", "broken").replace("body: b", "body: '{serail}'")
    before = written(handlers__broken=broken)

    written(handlers__broken="# moved down\n" + broken, handlers__all=good.replace("body: b", "body: c"))
    assert objected(root, before) == []
    written(handlers__broken=broken, handlers__all=good.replace("body: b", "body: '{usr}'"))
    assert len(objected(root, before)) == 1


def test_anything_is_better_than_what_can_t_be_used(written: Written, root: Path, good: str) -> None:
    """A worker that started with half a file takes the first that can be understood."""
    before = written(handlers__all="- name: [a\n")

    written(handlers__all=good.replace("body: b", "body: '{serail}'"))

    assert objected(root, before) == []


def test_a_variable_that_isn_t_set_counts_where_the_worker_runs(written: Written, root: Path) -> None:
    """`check` only warns of it; here it would make a provider that works one that doesn't."""
    before = load(root, {})

    written(smtp_servers="relay1: {server: h, password: '${env:NOPE}'}\n")

    assert "NOPE is not set" in objected(root, before)[0]
    assert objected(root, before, {"NOPE": "s3cret"}) == []


def test_some_settings_need_a_restart(written: Written) -> None:
    """They are named; the environment's Redis is the same whatever the file says."""
    before = written(notifier="timezone: UTC\n")
    after = {"notifier": "{redis: {url: 'redis://other'}, stream: others, timezone: Europe/Berlin}\n"}

    assert unchangeable(before, written(**after)) == ("redis.url", "stream")
    environ = {"NOTIFIER_REDIS_URL": "redis://here"}
    assert unchangeable(written(environ, notifier="timezone: UTC\n"), written(environ, **after)) == ("stream",)


def test_a_longer_time_out_needs_a_restart(written: Written) -> None:
    """Celery's time limit is fixed when a worker starts; a time-out that fits into it counts at once."""
    short, long = (written(smtp_servers=f"relay1: {{server: h, timeout: {seconds}}}\n") for seconds in (10, 60))

    assert unchangeable(short, long) == ("timeout",)
    assert unchangeable(long, short) == ()
