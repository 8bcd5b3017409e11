"""Cases 106 to 108 of the reference, section 7: servers that nobody defined, and secrets that nobody sees."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import yaml_text
from click.testing import CliRunner
from composing import TIME

from notifier.cli import cli
from notifier.configuration import RetryPolicy
from notifier.model import Channel
from notifier.outcome import Misconfigured, Reason
from notifier.record.outbox import Way
from notifier.retry import Again, Progress, next_step
from notifier.wiring import Wiring
from tests.support.deliveries import mail

#: Sample event that the definitions below meet.
SAMPLE = Path(__file__).parents[3] / "config" / "samples" / "token_init_hotp.json"


def configured(root: Path, servers: str) -> Path:
    """The example definitions and these servers."""
    files = {"handlers/all.yaml": yaml_text.HANDLERS, "smtp_servers.yaml": servers}
    files["sms_gateways.yaml"] = "sms1: {options: {URL: 'http://127.0.0.1:1', PASSWORD: '${file:sms}'}}\n"
    files |= {"mail": "geheim-mail\n", "sms": "geheim-sms\n"}
    for name, text in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.mark.parametrize(("channel", "file"), [(Channel.MAIL, "smtp_servers.yaml"), (Channel.SMS, "sms_gateways.yaml")])
def test_106_the_deliveries_of_an_unknown_provider_wait(tmp_path: Path, channel: Channel, file: str) -> None:
    """Case 106: nothing is sent and nothing is lost: no attempt is used until the operator has defined it."""
    with Wiring(configured(tmp_path, "{}\n"), {}).providers.lend(Way(channel, "nobody")) as provider:
        outcome = provider.send(mail())

    assert outcome == Misconfigured(Reason.UNKNOWN_PROVIDER, f"'nobody' is not in {file}")
    progress = Progress(7, TIME + timedelta(days=1))
    step = next_step(outcome, progress, RetryPolicy(attempts=8), now=TIME, roll=0.5)
    assert isinstance(step, Again)
    assert not step.counted


def test_106_an_unknown_identifier_is_told_by_check(tmp_path: Path) -> None:
    """Case 106: before an event meets it."""
    problems = Wiring(configured(tmp_path, "relay2: {server: localhost}\n"), {}).check()

    assert [str(problem) for problem in problems if "relay1" in problem.message] == [
        "handlers/all.yaml:5:6: tell the owner: unknown SMTP server 'relay1' (did you mean 'relay2'?)"
    ]


@pytest.mark.parametrize("arguments", [["check"], ["check", "--json"], ["explain", str(SAMPLE), "--json"]])
def test_108_no_command_shows_a_secret(tmp_path: Path, arguments: list[str]) -> None:
    """Case 108: not of the servers that work, not of those that don't."""
    entry = "{server: localhost, username: u, password: '${file:mail}', %s}"
    config = configured(tmp_path, f"relay1: {entry % 'timeout: 5s'}\nrelay2: {entry % 'tsl: none'}\n")

    result = CliRunner(env={}).invoke(cli, [*arguments, "--config", str(config)])

    assert result.exit_code in (0, 1)
    assert "geheim" not in result.output
    assert "geheim" not in repr(Wiring(config, {}).configuration)
