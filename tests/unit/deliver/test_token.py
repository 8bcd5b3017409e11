"""Where access tokens come from."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from notifier.deliver.smtp.token import TokenSource
from notifier.deliver.stop import Stop
from notifier.outcome import Deferred, Misconfigured, Outcome, Reason

NONE = (Misconfigured, Reason.AUTHENTICATION_FAILED)


def program(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def failure(source: TokenSource) -> Outcome:
    with pytest.raises(Stop) as stop:
        source.token()
    return stop.value.outcome


def test_a_program_is_asked_once_until_its_token_is_refused(tmp_path: Path) -> None:
    """Each call costs an identity provider a login."""
    calls = tmp_path / "calls"
    source = TokenSource(program(f"f = open({str(calls)!r}, 'a+'); f.write('x'); print('token%d' % f.tell())"), "", 30)

    assert [source.token().reveal() for _ in range(3)] == ["token1"] * 3
    source.refused()
    assert source.token().reveal() == "token2"


def test_a_file_is_read_again_when_its_token_is_refused(tmp_path: Path) -> None:
    """Something else renews it."""
    file = tmp_path / "token"
    file.write_text("first\n")
    source = TokenSource((), str(file), 1)

    assert source.token().reveal() == "first"
    file.write_text("second\n")
    assert source.token().reveal() == "first"
    source.refused()
    assert source.token().reveal() == "second"


@pytest.mark.parametrize(
    ("code", "kind", "reason"),
    [
        ("raise SystemExit(3)", Deferred, Reason.TEMPORARY_FAILURE),
        ("import time; time.sleep(60)", Deferred, Reason.TIMED_OUT),
        ("print()", *NONE),
        ("print('a b')", *NONE),
        ("print('a\\nb')", *NONE),
    ],
)
def test_a_program_that_fails_is_the_provider_s_failure(code: str, kind: type[Outcome], reason: Reason) -> None:
    """Nothing that it said is in the outcome."""
    told = "import sys; sys.stderr.write('secret-471147\\n'); sys.stderr.flush()\n"

    outcome = failure(TokenSource(program(told + code), "", 2.0))

    assert (type(outcome), outcome.reason) == (kind, reason)
    assert "471147" not in repr(outcome)


@pytest.mark.parametrize("source", [TokenSource(("/no/such/program",), "", 1), TokenSource((), "/no/such/file", 1)])
def test_a_source_that_isn_t_there_is_the_configuration_s_fault(source: TokenSource) -> None:
    """Whoever wrote it is told which."""
    outcome = failure(source)

    assert isinstance(outcome, Misconfigured)
    assert outcome.detail in ("token_command can't be started", "token_file can't be read")


def test_what_a_program_says_on_standard_error_is_shown_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    """It may be a token, or a password."""
    TokenSource(program("import sys; sys.stderr.write('secret'); print('token')"), "", 30).token()

    assert capfd.readouterr() == ("", "")


def shell(text: str) -> TokenSource:
    return TokenSource(("/bin/sh", "-c", text), "", 20)


def test_a_program_gets_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the environment what every program needs, and nothing else."""
    monkeypatch.setenv("PROVIDER_PASSWORD", "hunter2")

    assert shell("env | grep hunter2; echo none").token().reveal() == "none"


def test_a_flood_of_words_is_no_token() -> None:
    """Its beginning isn't taken for one, and the rest fills no memory."""
    outcome = failure(shell("head -c 10000000 /dev/zero | tr '\\0' x"))

    assert (type(outcome), outcome.reason) == NONE


def test_what_a_program_leaves_behind_is_not_waited_for() -> None:
    """The token was printed, and the program has ended; the child that holds its output goes on."""
    assert shell("sleep 3 & echo tok").token().reveal() == "tok"
