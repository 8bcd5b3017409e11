"""`notifier send-test`: a marked message through one provider, its words as they fall, and what they mean."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from notifier.cli.context import wiring_of
from notifier.cli.exits import ERROR, Misused
from notifier.cli.output import emit, json_option, printable
from notifier.examination.advice import advice
from notifier.model import Channel, Delivery, Message, digest
from notifier.outcome import Accepted

if TYPE_CHECKING:
    from notifier.configuration import SmsGateway, SmtpServer
    from notifier.deliver.provider import Side
    from notifier.outcome import Outcome
    from notifier.wiring import Wiring

COLOURS = {">": "cyan", "<": "green", "*": "bright_black"}
EXAMPLE = """\b
Example:
  notifier send-test relay1 me@example.com
  notifier send-test sms1 '+49 151 12345678' --text 'Hello from the notifier'
"""


@click.command(epilog=EXAMPLE)
@click.argument("provider")
@click.argument("to")
@click.option("--channel", type=click.Choice(["mail", "sms"]), help="Where a server and a gateway have the same name.")
@click.option("--text", default="", help="In place of the text that says it is a test.")
@json_option
@click.pass_context
def send_test(context: click.Context, provider: str, to: str, channel: str | None, text: str, as_json: bool) -> None:
    """Send a test message through PROVIDER to the address or number TO, now and from here.

    Prints the conversation without its secrets (> we, < the provider, * what happened), and what a worker would make
    of it. Needs no Redis, and nothing of it is recorded. Its circuit, rate and retries don't count.
    """
    wiring = wiring_of(context)
    kind, config = _provider(wiring, provider, channel)
    delivery = _delivery(config, kind, provider, to, text)
    heard: list[dict[str, str]] = []

    def tell(side: Side, line: str) -> None:
        heard.append({"side": str(side), "text": line})
        if not as_json:
            click.secho(printable(f"{side} {line}"), fg=COLOURS[side])

    began = time.monotonic()
    outcome = _send(wiring, config, delivery, tell)
    seconds = round(time.monotonic() - began, 3)
    if as_json:
        document = {"provider": provider, "channel": str(kind), **_words(outcome)}
        emit({**document, "conversation": heard, "seconds": seconds})
    else:
        _tell(outcome, seconds)
    if not isinstance(outcome, Accepted):
        raise click.exceptions.Exit(ERROR)


def _provider(wiring: Wiring, name: str, channel: str | None) -> tuple[Channel, SmtpServer | SmsGateway]:
    c = wiring.configuration
    found: dict[Channel, SmtpServer | SmsGateway] = {}
    if name in c.smtp_servers and channel != Channel.SMS:
        found[Channel.MAIL] = c.smtp_servers[name]
    if name in c.sms_gateways and channel != Channel.MAIL:
        found[Channel.SMS] = c.sms_gateways[name]
    if len(found) > 1:
        raise Misused(f"{name!r} is a server and a gateway; add --channel mail or --channel sms")
    if found:
        return next(iter(found.items()))
    from notifier.definitions.problems import did_you_mean  # noqa: PLC0415

    known = [*(c.smtp_servers if channel != "sms" else ()), *(c.sms_gateways if channel != "mail" else ())]
    hint = did_you_mean(name, known) or (f"there are {', '.join(known)}" if known else "there are none")
    raise Misused(f"no provider is called {name!r}; {hint}")


def _delivery(config: SmtpServer | SmsGateway, channel: Channel, name: str, to: str, text: str) -> Delivery:
    now = datetime.now(UTC)
    said = now.isoformat(sep=" ", timespec="seconds")
    if channel is Channel.MAIL:
        body = text or f"This is a test of {name}, sent by `notifier send-test` at {said}.\n\nNothing has to be done."
        message = Message(channel, name, (to,), body, subject=f"Test of {name}: token-notifier")
    else:
        message = _sms(config, name, to, text or f"token-notifier: test of {name}, {said}")
    ident = digest("send-test", name, to, now.isoformat())
    return Delivery(ident, "send-test", "send-test", message, now, now + timedelta(hours=1))


def _sms(gateway: SmtpServer | SmsGateway, name: str, to: str, text: str) -> Message:
    """Number and text as a definition's would be written for this gateway."""
    from notifier.compose.sms import number, wording  # noqa: PLC0415
    from notifier.configuration import SmsGateway  # noqa: PLC0415
    from notifier.errors import ComposeError  # noqa: PLC0415

    if not isinstance(gateway, SmsGateway):
        raise TypeError(gateway)
    meant = number(to, gateway)
    if meant is None:
        where = f" in region {gateway.region}" if gateway.region else ""
        raise Misused(f"{to!r} is no telephone number{where}")
    try:
        body, _ = wording(text, gateway)
    except ComposeError as error:
        raise Misused(error.detail) from error
    return Message(Channel.SMS, name, (meant,), body)


def _send(wiring: Wiring, config: SmtpServer | SmsGateway, delivery: Delivery, tell: Any) -> Outcome:
    """One attempt; the provider is closed whatever happens, also at Ctrl-C."""
    from notifier.deliver.transcript import Transcript  # noqa: PLC0415
    from notifier.record.outbox import Way  # noqa: PLC0415

    provider = wiring.open(Way(delivery.message.channel, delivery.message.provider), Transcript(config, tell))
    try:
        return provider.send(delivery)
    finally:
        provider.close()


def _words(outcome: Outcome) -> dict[str, str]:
    return {"outcome": outcome.kind, "reason": str(outcome.reason), "detail": outcome.detail}


def _tell(outcome: Outcome, seconds: float) -> None:
    words = _words(outcome)
    reason = "" if isinstance(outcome, Accepted) else f", {words['reason']}"
    detail = f": {words['detail']}" if words["detail"] else ""
    click.echo()
    line = f"{outcome.kind}{reason}{detail} ({seconds:.2f} s)"
    click.secho(printable(line), fg="green" if isinstance(outcome, Accepted) else "red", bold=True)
    if hint := advice(words["reason"]):
        click.echo(hint)
