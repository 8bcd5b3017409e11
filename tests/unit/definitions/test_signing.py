"""What an SMTP server's entry says of headers and signatures."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from identities import issued, other_key, pem, rsa_key, soon

from notifier.configuration import DKIM_HEADERS, Letterhead, ThreadBy
from notifier.definitions.lint.signing import signing
from notifier.definitions.load import Configuration, load
from notifier.definitions.reload import Watch

Written = Callable[..., Configuration]
NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def found(written: Written, tmp_path: Path) -> Callable[[str], Configuration]:
    """The configuration of one server ``a``, with keys beside it."""
    given = issued()
    short = issued(ends=soon(NOW, 12))
    files = {
        "rsa.pem": pem(rsa_key()),
        "short.pem": pem(rsa_key(1024)),
        "ed.pem": pem(other_key("ed25519")),
        "other.pem": pem(rsa_key(2048, 7)),
        "locked.pem": pem(rsa_key(), "s3cret"),
        "cert.pem": given.certificate + given.chain,
        "both.pem": given.key + given.certificate,
        "ends.pem": short.certificate,
        "past.pem": issued(ends=NOW.replace(year=2025)).certificate,
        "nonsense.pem": "s3cret",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "binary.pem").write_bytes(b"\xff")
    return lambda entry: written({"KEY": files["rsa.pem"]}, smtp_servers=f"a: {{server: h, {entry}}}\n")


def said(configuration: Configuration) -> list[str]:
    """All findings."""
    return [str(problem) for problem in (*configuration.problems, *signing(configuration, NOW))]


DKIM = "sender: x@example.org, dkim: {{domain: example.org, selector: s1, private_key: {}}}"
SMIME = "sender: noreply@example.org, smime: true, dont_send_on_error: true, "


def test_without_a_word_about_it_nothing_is_added(found: Callable[[str], Configuration]) -> None:
    """The defaults."""
    server = found("sender: a@example.org").smtp_servers["a"]

    assert (server.letterhead, server.dkim, server.smime) == (Letterhead(), None, None)


@pytest.mark.parametrize("key", ["rsa.pem", "ed.pem", "'${file:rsa.pem}'", "'${env:KEY}'"])
def test_a_domain_s_key_is_a_file_or_a_reference(found: Callable[[str], Configuration], key: str) -> None:
    """Its path is relative to the configuration directory; which algorithm it is for, it says itself."""
    configuration = found(DKIM.format(key))

    config = configuration.smtp_servers["a"].dkim
    assert said(configuration) == []
    assert config is not None
    assert (config.domain, config.selector, config.headers) == ("example.org", "s1", DKIM_HEADERS)
    assert config.canonicalization == ("relaxed", "relaxed")
    assert "PRIVATE KEY" in config.private_key.reveal()
    assert "PRIVATE" not in repr(configuration.smtp_servers["a"])


@pytest.mark.parametrize(
    ("entry", "where", "line"),
    [
        (DKIM.format("nowhere.pem"), "nowhere", "the file of 'private_key' can't be read"),
        (DKIM.format("binary.pem"), "binary.pem", "the file of 'private_key' can't be read"),
        (DKIM.format("nonsense.pem"), "nonsense.pem", "there is no private key in it"),
        (DKIM.format("locked.pem"), "locked.pem", "the private key is encrypted"),
        (DKIM.format("''"), "''", "'private_key' is missing"),
        (DKIM.format("short.pem"), "short.pem", "(warning) the private key has 1024 bits only"),
        (DKIM.format("rsa.pem, algorithm: ed25519-sha256"), "ed25519-sha256", "the private key is for rsa-sha256"),
        (DKIM.format("rsa.pem, headers: [To]"), "[To]", "'headers' must name From"),
        (DKIM.format("rsa.pem, headers: [From, 'a b']"), "'a b'", "this header can't be signed"),
        (DKIM.replace("s1", "'a b'").format("rsa.pem"), "'a b'", "'selector' must be a name of letters"),
        (
            DKIM.replace("domain: example.org", "domain: localhost").format("rsa.pem"),
            "localhost",
            "'domain' must be a domain",
        ),
        (
            DKIM.replace("domain: example.org", "domain: ample.org").format("rsa.pem"),
            "ample.org,",
            "(warning) ample.org is not the sender's domain (example.org): the signature counts for nothing",
        ),
        ("dkim: {domain: a.example, selector: s}", "{domain", "'private_key' is missing"),
        ("list_id: tokens", "tokens", "'list_id' must be a name with dots"),
        ("feedback_id: 'a:b:c:d:e'", "'a:b:c", "'feedback_id' must be up to four words"),
        ("thread_by: user", "user", "'thread_by' must be 'none' or 'serial'"),
        (SMIME + "certificate: cert.pem, private_key: nowhere", "nowhere", "the file of 'private_key' can't be read"),
        (SMIME + "certificate: nowhere, private_key: rsa.pem", "nowhere,", "the file of 'certificate' can't be read"),
        (SMIME + "certificate: nonsense.pem, private_key: rsa.pem", "nonsense.pem", "there is no certificate in it"),
        (
            SMIME + "certificate: cert.pem, private_key: other.pem",
            "other.pem",
            "the private key doesn't fit the certificate",
        ),
        (SMIME + "certificate: cert.pem, private_key: locked.pem", "locked.pem", "the private key is encrypted"),
        (
            SMIME + "certificate: past.pem, private_key: rsa.pem",
            "past.pem",
            "the certificate has expired on 2025-11-24",
        ),
        (
            SMIME + "certificate: ends.pem, private_key: rsa.pem",
            "ends.pem",
            "(warning) the certificate ends on 2026-12-06",
        ),
        (
            SMIME.replace("noreply", "other") + "certificate: both.pem",
            "both.pem",
            "(warning) the certificate is for another address than the sender's",
        ),
        (
            SMIME.replace("error: true", "error: false") + "certificate: past.pem, private_key: rsa.pem",
            "past.pem",
            "(warning) the certificate has expired on 2025-11-24: mails go out unsigned",
        ),
        (
            SMIME.replace("error: true", "error: false") + "certificate: cert.pem, private_key: other.pem",
            "other.pem",
            "(warning) the private key doesn't fit the certificate: mails go out unsigned",
        ),
    ],
)
def test_what_is_wrong_is_found_at_its_place(
    found: Callable[[str], Configuration], entry: str, where: str, line: str
) -> None:
    """One line each; an error where nothing is sent because of it."""
    configuration = found(entry)

    [problem] = {*configuration.problems, *signing(configuration, NOW)}
    assert f"{'(warning) ' if problem.warning else ''}{problem.message}".startswith(line)
    assert f"a: {{server: h, {entry}"[problem.column - 1 :].startswith(where)
    assert "s3cret" not in str(problem)


@pytest.mark.parametrize("entry", ["certificate: cert.pem, private_key: rsa.pem", "certificate: both.pem"])
def test_an_identity_may_stand_in_two_files_or_one(found: Callable[[str], Configuration], entry: str) -> None:
    """Nothing is wrong with either."""
    configuration = found(SMIME + entry)

    assert said(configuration) == []
    assert configuration.smtp_servers["a"].smime is not None
    assert configuration.smtp_servers["a"].smime.required


@pytest.mark.parametrize("entry", [DKIM.format("nowhere.pem"), SMIME + "certificate: nowhere.pem"])
def test_a_server_that_can_t_sign_as_it_must_is_broken(found: Callable[[str], Configuration], entry: str) -> None:
    """Its mails wait; the others' don't."""
    assert found(entry).smtp_servers["a"].broken


def test_a_key_in_clear_is_a_secret_in_clear(written: Written) -> None:
    """Whatever its key is called."""
    text = "a:\n  server: h\n  dkim:\n    domain: example.org\n    selector: s\n    private_key: |\n"
    block = "".join(f"      {line}\n" for line in pem(rsa_key()).splitlines())

    problems = written(smtp_servers=text + block).problems

    assert [p.message for p in problems] == ["a secret stands here in clear"]


def test_headers_are_as_they_will_be_written(found: Callable[[str], Configuration]) -> None:
    """A bare list identifier gets its brackets."""
    configuration = found("list_id: tokens.example.org, feedback_id: 'tokens:::example', thread_by: serial")

    expected = Letterhead("<tokens.example.org>", "tokens:::example", ThreadBy.SERIAL)
    assert said(configuration) == []
    assert configuration.smtp_servers["a"].letterhead == expected


def test_a_new_key_is_noticed(found: Callable[[str], Configuration], tmp_path: Path) -> None:
    """As an edit of any other file: no restart."""
    known = found(DKIM.format("rsa.pem"))
    watch = Watch(tmp_path, {}, known)
    assert watch.look(at_once=True) is None

    (tmp_path / "rsa.pem").write_text(pem(rsa_key(2048, 3)))

    renewed = watch.look(at_once=True)
    assert renewed is not None
    assert renewed.smtp_servers["a"].dkim != known.smtp_servers["a"].dkim


def test_a_draft_s_keys_are_elsewhere(found: Callable[[str], Configuration], tmp_path: Path) -> None:
    """Who looks at an import needn't have them."""
    found(DKIM.format("nowhere.pem"))

    assert load(tmp_path, {}, stands_for=tmp_path / "other").problems == ()


@pytest.mark.parametrize(
    ("entry", "extra"),
    [(DKIM.format("rsa.pem"), "dkim"), (SMIME + "certificate: cert.pem, private_key: rsa.pem", "smime")],
)
def test_a_missing_extra_is_named(
    found: Callable[[str], Configuration], entry: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing can read a key, `check` says what to install."""
    configuration = found(entry)
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric", None)

    [problem] = signing(configuration, NOW)

    assert f"needs an extra: pip install 'token-notifier[{extra}]'" in problem.message
    assert not problem.warning
