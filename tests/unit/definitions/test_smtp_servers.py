"""How an SMTP server is logged in to and kept, as the file says it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from notifier.configuration import Secret, SmtpAuth, SmtpServer
from notifier.definitions.load import Configuration

Written = Callable[..., Configuration]


def test_what_isn_t_said_has_its_default(written: Written) -> None:
    """As `docs/channels/mail.md` says."""
    server = written(smtp_servers="relay1: {server: h}\n").smtp_servers["relay1"]

    assert server == SmtpServer("relay1", "h")
    assert (server.auth, server.messages_per_connection, server.idle, server.pipelining) == (
        SmtpAuth.AUTO, 100, 60.0, True,
    )  # fmt: skip


def test_all_that_can_be_said_is_understood(written: Written) -> None:
    """Durations with and without a unit, the mechanism in any case, `off` as a word."""
    entry = (
        "{server: h, username: u, auth: XOAUTH2, token_command: [get-token, --for, 5], client_certificate: c.pem, "
        "client_key: k.pem, client_key_password: '${env:PW}', messages_per_connection: 1, idle: 2m, pipelining: off}"
    )

    configuration = written({"PW": "pw"}, smtp_servers=f"relay1: {entry}\n")

    assert configuration.problems == ()
    assert configuration.smtp_servers["relay1"] == SmtpServer(
        "relay1",
        "h",
        username="u",
        auth=SmtpAuth.XOAUTH2,
        token_command=("get-token", "--for", "5"),
        client_certificate="c.pem",
        client_key="k.pem",
        client_key_password=Secret("pw"),
        messages_per_connection=1,
        idle=120.0,
        pipelining=False,
    )


@pytest.mark.parametrize(
    ("entry", "column", "words"),
    [
        ("username: u, token_command: get-token", 57, "must be a list: the program"),
        ("username: u, token_command: [a], token_file: b", 74, "exclude each other"),
        ("auth: xoauth2, username: u", 35, "needs a token_command or a token_file"),
        ("username: u, auth: plain, token_file: b", 67, "not for plain"),
        ("auth: login", 35, "a login needs a username"),
        ("token_file: b", 41, "a login needs a username"),
        ("client_key: k.pem", 41, "of no use without client_certificate"),
        ("auth: kerberos", 35, "auto, plain, login, cram-md5, xoauth2, none"),
        ("pipelining: 7", 41, "'auto' or 'off'"),
        ("messages_per_connection: 0", 54, "at least 1"),
        ("idle: -1", 35, "at least 0"),
    ],
)
def test_what_doesn_t_go_together_is_shown_where_it_stands(
    written: Written, entry: str, column: int, words: str
) -> None:
    """And the server isn't used like that: a mail that goes out in another way than meant can't be taken back."""
    configuration = written(smtp_servers=f"relay1: {{server: localhost, {entry}}}\n")

    (problem,) = configuration.problems
    assert words in f"{problem.message} {problem.hint}"
    assert (problem.line, problem.column) == (1, column)
    assert configuration.smtp_servers["relay1"].broken
