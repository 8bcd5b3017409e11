"""SMS by a script (reference section 5.7)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from notifier.deliver.provider import Provider, Side
from notifier.deliver.registry import open_provider
from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason, Rejected, Unsure
from tests.support.deliveries import sms
from tests.support.scripts import KEEP, gateway, script
from tests.support.waiting import until

NUMBER, CODE = "+4915112345678", "Your code is 471147"
#: Waits for ever, and so does what it started; both leave their numbers.
HANG = "#!/bin/sh\nsleep 1000 &\necho $! > child\necho $$ > parent\n%s\nwait\n"


@pytest.fixture
def send(tmp_path: Path) -> Iterator[Callable[..., Outcome]]:
    """One SMS through a script of that text."""
    opened: list[Provider] = []

    def send(text: str, to: str = NUMBER, body: str = CODE, **options: str) -> Outcome:
        script(tmp_path, text)
        provider = open_provider(gateway(tmp_path, **options))
        opened.append(provider)
        return provider.send(sms(to, body=body))

    yield send
    for provider in opened:
        provider.close()


def alive(file: Path) -> bool:
    """The process whose number stands there runs (a dead one that nobody has asked for yet doesn't)."""
    try:
        state = Path(f"/proc/{int(file.read_text())}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def test_113_number_and_text_reach_the_script(tmp_path: Path, send: Callable[..., Outcome]) -> None:
    """Case 113: one argument, all of the text on standard input, nothing read by a shell."""
    text = "$(touch x) `id`\n\"Grüße\" 'ß' " + "long " * 50_000

    assert send(KEEP, "+49 151; rm", text) == Accepted("exit 0")
    assert (tmp_path / "numbers").read_text() == "+49 151; rm\n"
    assert (tmp_path / "texts").read_text() == text
    assert sorted(file.name for file in tmp_path.iterdir()) == ["numbers", "send", "texts"]


def test_a_number_is_changed_by_regexp(tmp_path: Path, send: Callable[..., Outcome]) -> None:
    """As for every gateway."""
    send(KEEP, "+49 151", REGEXP="/[+ ]//")

    assert (tmp_path / "numbers").read_text() == "49151\n"


@pytest.mark.parametrize(
    ("to", "regexp"),
    [("--help", ""), ("-1", ""), ("+49151", r"/\+/-/"), ("49\x00151", ""), ("49\n151", ""), ("4", "/4//")],
)
def test_a_number_that_could_be_an_option_is_none(
    tmp_path: Path, send: Callable[..., Outcome], to: str, regexp: str
) -> None:
    """Nothing is run."""
    assert send(KEEP, to, REGEXP=regexp).reason is Reason.ADDRESS_INVALID
    assert not (tmp_path / "numbers").exists()


@pytest.mark.parametrize(
    ("code", "kind"),
    [(1, Deferred), (65, Rejected), (67, Rejected), (69, Deferred), (75, Deferred), (78, Misconfigured)],
)
def test_113_the_exit_code_decides(send: Callable[..., Outcome], code: int, kind: type[Outcome]) -> None:
    """Case 113: non-zero is a failure, also where the script reads nothing; its words are told, cleansed."""
    outcome = send(f'#!/bin/sh\necho "no $1: {CODE}, user@example.com"\necho later >&2\nexit {code}\n')

    assert type(outcome) is kind
    assert outcome.detail == f"exit {code}: no ***: ***, *** later"


def test_a_script_that_kills_itself_leaves_doubt(send: Callable[..., Outcome]) -> None:
    """Nobody knows how far it came."""
    outcome = send("#!/bin/sh\nkill -9 $$\n")

    assert outcome == Unsure(Reason.UNEXPECTED_ANSWER, "the script was killed by signal 9")


@pytest.mark.parametrize("stubborn", ["", "trap '' TERM"], ids=["goes", "has to be killed"])
def test_a_script_that_hangs_is_ended_with_all_it_started(
    tmp_path: Path, send: Callable[..., Outcome], stubborn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TERM, then KILL, to the whole group; the outcome is doubt."""
    monkeypatch.setattr("notifier.deliver.process.GRACE", 0.3)

    outcome = send(HANG % stubborn, TIMEOUT="1")

    assert outcome == Unsure(Reason.NO_ANSWER, "the script was ended after 1 s")
    until(lambda: not alive(tmp_path / "child") and not alive(tmp_path / "parent"))


def test_a_script_that_talks_without_end_is_heard_out(send: Callable[..., Outcome]) -> None:
    """Little of it is kept, and it isn't stopped by a full pipe."""
    outcome = send("#!/bin/sh\nhead -c 3000000 /dev/zero | tr '\\0' 'x'\nexit 75\n")

    assert outcome.detail.startswith("exit 75: xxx")
    assert len(outcome.detail) < 300


def test_what_runs_on_in_the_background_isn_t_waited_for(tmp_path: Path, send: Callable[..., Outcome]) -> None:
    """A script that hands its work on has done its own, though its output stays open."""
    outcome = send("#!/bin/sh\nsleep 1000 &\necho $! > child\n", TIMEOUT="60")

    assert outcome == Accepted("exit 0")
    os.kill(int((tmp_path / "child").read_text()), signal.SIGKILL)


def test_no_secret_of_ours_is_in_its_environment(
    send: Callable[..., Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It knows PATH, HOME and language, and where it lies."""
    monkeypatch.setenv("NOTIFIER_REDIS_URL", "redis://:geheim@h")
    monkeypatch.setenv("SMS_TOKEN", "geheim")

    send("#!/bin/sh\nenv > environment\n")

    names = {line.partition("=")[0] for line in (tmp_path / "environment").read_text().splitlines()}
    assert names <= {"PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "PWD", "SHLVL", "_", "OLDPWD"}


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda folder: (folder / "send").unlink(), "can't be found"),
        (lambda folder: (folder / "send").chmod(0o644), "chmod +x"),
        (lambda folder: (folder / "send").chmod(0o757), "chmod o-w"),
        (lambda folder: folder.chmod(0o777), "chmod o-w"),
        (lambda folder: script(folder, "#!/nowhere/sh\n"), "can't be run: No such file"),
        (lambda folder: script(folder, "no script"), "can't be run: Exec format error"),
        (lambda folder: _link(folder, Path("/bin/true")), "lies outside"),
        (lambda folder: _link(folder, folder / "send"), "can't be found"),
        (lambda folder: ((folder / "send").unlink(), (folder / "send").mkdir()), "chmod +x"),
    ],
)
def test_113_a_script_that_may_not_be_run_waits_for_the_operator(
    tmp_path: Path, break_it: Callable[[Path], object], words: str
) -> None:
    """Case 113: missing, not executable, everybody's, elsewhere: misconfigured, and it works once it is mended."""
    script(tmp_path, KEEP)
    provider = open_provider(gateway(tmp_path))
    break_it(tmp_path)
    broken = provider.send(sms())
    tmp_path.chmod(0o755)
    (tmp_path / "send").rmdir() if (tmp_path / "send").is_dir() else None
    script(tmp_path, KEEP)
    mended = provider.send(sms())
    provider.close()

    assert isinstance(broken, Misconfigured)
    assert words in broken.detail
    assert mended == Accepted("exit 0")


def _link(folder: Path, target: Path) -> None:
    (folder / "send").unlink()
    (folder / "send").symlink_to(target)


def test_a_link_within_the_directory_is_followed(tmp_path: Path) -> None:
    """Versions of a script lie beside each other."""
    script(tmp_path, KEEP, "send-2")
    (tmp_path / "send").symlink_to("send-2")
    provider = open_provider(gateway(tmp_path))
    outcome = provider.send(sms())
    provider.close()

    assert outcome == Accepted("exit 0")


def test_a_script_doesn_t_outlive_a_killed_worker(tmp_path: Path) -> None:
    """A worker that is killed (-9) ends the script and what it started; what ended by itself is left alone."""
    # It gets its text when somebody watches over it.
    script(tmp_path, HANG.replace("\n", "\ncat > /dev/null\n", 1) % "")
    program = textwrap.dedent(f"""
        from pathlib import Path
        from notifier.deliver.registry import open_provider
        from tests.support.deliveries import sms
        from tests.support.scripts import gateway
        open_provider(gateway(Path({str(tmp_path)!r}))).send(sms())
    """)
    worker = subprocess.Popen([sys.executable, "-c", program], cwd=Path(__file__).parents[3])
    try:
        until((tmp_path / "parent").exists)
        until(lambda: bool((tmp_path / "parent").read_text()))
        assert alive(tmp_path / "parent")
    finally:
        worker.kill()
        worker.wait()

    until(lambda: not alive(tmp_path / "child") and not alive(tmp_path / "parent"))


def test_nobody_watches_when_nothing_is_open(tmp_path: Path) -> None:
    """Closing ends who watches; another message starts anew, also where somebody killed it."""
    script(tmp_path, KEEP)
    provider = open_provider(gateway(tmp_path))
    provider.send(sms())
    watcher = provider._lifeline._watcher  # type: ignore[attr-defined]
    provider.close()
    assert watcher.returncode == 0

    assert provider.send(sms()) == Accepted("exit 0")
    provider._lifeline._watcher.kill()  # type: ignore[attr-defined]
    assert provider.send(sms()) == Accepted("exit 0")
    provider.close()


def test_the_run_can_be_heard(tmp_path: Path) -> None:
    """What it gets, what it says, how it ends."""
    script(tmp_path, "#!/bin/sh\necho busy\nexit 75\n")
    heard: list[tuple[Side, str]] = []
    provider = open_provider(gateway(tmp_path), hear=lambda side, line: heard.append((side, line)))
    provider.send(sms(body="Hello"))
    provider.close()

    assert heard == [
        (Side.NOTE, "running send, for 30 s at most"),
        (Side.US, "+4915112345678"),
        (Side.US, "Hello"),
        (Side.PEER, "busy"),
        (Side.NOTE, "exit 75"),
    ]
