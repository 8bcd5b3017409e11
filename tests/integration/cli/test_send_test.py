"""`notifier send-test`: a conversation that one can read, and what it means."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE

import pytest
from click.testing import CliRunner, Result

from notifier.cli import cli
from notifier.testing import DROP, Answer, SmsSink, SmtpSink
from tests.support.servers import silent_server

USER, PASSWORD = "relay-user", "relay-passw0rd"
Run = Callable[..., Result]


@pytest.fixture
def relay() -> Iterator[SmtpSink]:
    """A mail server that wants a login."""
    with SmtpSink(credentials=(USER, PASSWORD)) as sink:
        yield sink


@pytest.fixture
def gateway() -> Iterator[SmsSink]:
    """An SMS gateway."""
    with SmsSink() as sink:
        yield sink


@pytest.fixture
def run(relay: SmtpSink, gateway: SmsSink, tmp_path: Path) -> Run:
    """The verb; there is no Redis."""
    (tmp_path / "smtp_servers.yaml").write_text(
        f"relay1: {{server: '127.0.0.1:{relay.port}', tls: none, sender: s@example.org, username: {USER}, "
        "password: '${env:PW}'}\n"
        f"same: {{server: '127.0.0.1:{relay.port}', tls: none}}\n"
    )
    options = f"{{URL: '{gateway.url}', to: '{{phone}}', text: '{{otp}}', key: {PASSWORD}}}"
    (tmp_path / "sms_gateways.yaml").write_text(
        f"sms1: {{provider: http, region: DE, options: {options}}}\nsame: {{provider: http, options: {options}}}\n"
    )

    def run(*arguments: str, password: str = PASSWORD) -> Result:
        environ = {"NOTIFIER_REDIS_URL": "redis://127.0.0.1:1/0", "PW": password}
        return CliRunner(env=environ).invoke(cli, ["send-test", *arguments, "--config", str(tmp_path)])

    return run


def test_a_mail_arrives_and_the_conversation_is_shown_without_its_secrets(relay: SmtpSink, run: Run) -> None:
    """Marked as a test, from the server's sender; and the last line says how it ended."""
    result = run("relay1", "me@example.com")

    assert result.exit_code == 0, result.output
    (mail,) = relay.messages
    assert mail.rcpt_to == ("me@example.com",)
    assert b"Subject: Test of relay1: token-notifier" in mail.content
    assert "> RCPT TO:<me@example.com>" in result.output
    assert "< 235 " in result.output
    assert "\naccepted: 250 " in result.output
    assert PASSWORD not in result.output
    assert USER not in result.output


def test_an_sms_goes_to_the_number_that_is_meant(gateway: SmsSink, run: Run) -> None:
    """Read as the gateway's region writes numbers; one that is none is refused before anything is sent."""
    result = run("sms1", "0151 1234 5678", "--text", "Hello")
    refused = run("sms1", "me@example.com")

    assert result.exit_code == 0, result.output
    assert gateway.messages[0].parameters == {"to": "+4915112345678", "text": "Hello", "key": PASSWORD}
    assert len(gateway.messages) == 1
    assert refused.exit_code == 2
    assert "is no telephone number in region DE" in refused.output
    assert PASSWORD not in result.output


def test_a_failure_says_what_to_do(relay: SmtpSink, gateway: SmsSink, run: Run) -> None:
    """Outcome, reason, the server's words, and a hint; exit code 1."""
    wrong = run("relay1", "me@example.com", password="wrong-password")
    relay.script([DROP], verb=".")
    unsure = run("relay1", "me@example.com")
    gateway.script(Answer(503))
    later = run("sms1", "+4915112345678")

    assert [wrong.exit_code, unsure.exit_code, later.exit_code] == [1, 1, 1]
    assert "misconfigured, authentication_failed: " in wrong.output
    assert "check username and password" in wrong.output
    assert "wrong-password" not in wrong.output
    assert "unsure, connection_lost: " in unsure.output
    assert "deferred, temporary_failure: HTTP 503" in later.output


def test_ctrl_c_ends_it_at_once_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """While a server keeps us waiting: one line, the usual exit code, and what was said so far is on the screen."""
    with silent_server(b"220 slow.example\r\n") as port:
        (tmp_path / "smtp_servers.yaml").write_text(f"slow: {{server: '127.0.0.1:{port}', tls: none, timeout: 10m}}\n")
        command = [sys.executable, "-m", "notifier", "send-test", "slow", "me@example.com", "--config", str(tmp_path)]
        with subprocess.Popen(command, stdout=PIPE, stderr=PIPE, text=True) as process:
            assert process.stdout is not None
            said = next((line for line in process.stdout if line.lower().startswith("> ehlo")), "")
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)

    assert said
    assert process.returncode == 130
    assert "Traceback" not in errors


def test_json_is_one_document_with_the_conversation(run: Run) -> None:
    """For a monitor."""
    result = run("relay1", "me@example.com", "--json")

    document = json.loads(result.stdout)
    assert list(document) == ["provider", "channel", "outcome", "reason", "detail", "conversation", "seconds"]
    assert (document["channel"], document["outcome"], document["reason"]) == ("mail", "accepted", "ok")
    assert {"side": "<", "text": "354 go ahead"} in document["conversation"]


def test_a_provider_has_to_be_named_so_that_one_is_meant(run: Run) -> None:
    """A misspelt name, and one that two have."""
    misspelt, both = run("relay", "me@example.com"), run("same", "me@example.com")
    chosen = run("same", "+4915112345678", "--channel", "sms")

    assert misspelt.exit_code == both.exit_code == 2
    assert "did you mean 'relay1'?" in misspelt.output
    assert "add --channel mail or --channel sms" in both.output
    assert chosen.exit_code == 0
