"""The whole environment examined: real servers, real certificates, a real Redis."""

from __future__ import annotations

import io
import json
import logging
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from click.testing import CliRunner
from redis import Redis

from notifier.cli import cli
from notifier.configuration import SmsGateway
from notifier.deliver.provider import unheard
from notifier.deliver.smpp.dialler import Dialler
from notifier.deliver.smpp.link import LATER
from notifier.embedded import EmbeddedRedis
from notifier.examination.doctor import Doctor
from notifier.examination.finding import Finding, Status
from notifier.examination.smsc import later
from notifier.gateways.smpp import read
from notifier.record.workers import Report
from notifier.spool.directory import Spool
from notifier.testing import SmscSink, SmsSink, SmtpSink
from notifier.wiring import Wiring, now
from tests.support.scripts import script
from tests.support.servers import silent_server

USER, PASSWORD = "relay-user", "relay-passw0rd"


def nothing(name: str) -> Sequence[str]:
    """A resolver that knows nothing."""
    raise LookupError(name)


class House:
    """A configuration, and the findings about it."""

    def __init__(self, root: Path, redis_url: str) -> None:
        self.root = root
        self.environ = {"NOTIFIER_REDIS_URL": redis_url, "PW": PASSWORD}

    def servers(self, text: str) -> None:
        """Write them."""
        (self.root / "smtp_servers.yaml").write_text(text)

    def findings(self, *, at: datetime | None = None, **more: Any) -> list[Finding]:
        """Of all that is configured now."""
        return list(Doctor(Wiring(self.root, self.environ), at or now(), ask=nothing, **more).examine())

    def of(self, area: str, **more: Any) -> list[tuple[str, str]]:
        """Status and words of an area."""
        return [(str(f.status), f.what) for f in self.findings(**more) if f.area == area]


@pytest.fixture
def house(tmp_path: Path, redis: Redis, redis_server: EmbeddedRedis) -> House:
    """With an empty Redis."""
    assert redis.dbsize() == 0
    return House(tmp_path, redis_server.url)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Signs the certificates."""
    return trustme.CA()


def tls_of(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """A server's side."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context


def worded(findings: Sequence[Finding]) -> dict[str, list[str]]:
    """Name → what was found."""
    names = dict.fromkeys(finding.name for finding in findings)
    return {name: [f"{f.status}: {f.what}" for f in findings if f.name == name] for name in names}


def test_a_server_that_is_well_is_told_with_what_it_offers(house: House) -> None:
    """Name, capabilities, login, sender; and no mail arrives."""
    with SmtpSink(credentials=(USER, PASSWORD), extensions=["SMTPUTF8"]) as relay:
        house.servers(
            f"relay1: {{server: 'localhost:{relay.port}', tls: none, username: {USER}, password: '${{env:PW}}', "
            "sender: t@localhost}\n"
        )

        found = house.of("mail")

        assert [status for status, _ in found] == ["ok"] * len(found)
        words = " | ".join(what for _, what in found)
        assert f"port {relay.port} answers 220 " in words
        assert "PIPELINING" in words
        assert "SMTPUTF8" in words
        assert "the login was accepted" in words
        assert "the sender was accepted" in words
        assert relay.messages == []


def test_each_failure_has_its_fix_and_no_secret(house: House) -> None:
    """A wrong password, a refused sender, nobody there."""
    with SmtpSink(credentials=(USER, "other")) as locked, SmtpSink() as picky:
        picky.script(["550 5.7.1 not from you"], verb="MAIL")
        house.servers(
            f"locked: {{server: '127.0.0.1:{locked.port}', tls: none, username: {USER}, password: '${{env:PW}}'}}\n"
            f"picky: {{server: '127.0.0.1:{picky.port}', tls: none, sender: t@localhost}}\n"
            "gone: {server: '127.0.0.1:1', tls: none}\n"
        )

        errors = {f.name: f for f in house.findings() if f.area == "mail" and f.status is Status.ERROR}

    assert set(errors) == {"locked", "picky", "gone"}
    assert errors["locked"].what.startswith("authentication_failed")
    assert "check username and password" in errors["locked"].fix
    assert "the sender was refused: 550" in errors["picky"].what
    assert errors["gone"].what.startswith("connection_refused")
    assert PASSWORD not in repr(errors)


def test_an_international_sender_needs_a_server_for_it(house: House) -> None:
    """One that takes it, and one that doesn't: no letter of it is said there."""
    with SmtpSink(extensions=["SMTPUTF8"]) as able, SmtpSink() as plain:
        house.servers(
            f"able: {{server: '127.0.0.1:{able.port}', tls: none, sender: jürgen@localhost}}\n"
            f"plain: {{server: '127.0.0.1:{plain.port}', tls: none, sender: jürgen@localhost}}\n"
        )
        said = worded(house.findings())

    assert "ok: the sender was accepted" in said["able"]
    assert any(words.startswith("error: the sender has letters") for words in said["plain"])


def test_a_certificate_is_told_before_it_ends(house: House, authority: trustme.CA, tmp_path: Path) -> None:
    """Trusted and long to go; soon over; of nobody we trust; and one that isn't looked at."""
    end = datetime.now(UTC) + timedelta(days=40, hours=1)
    certificate = authority.issue_cert("127.0.0.1", not_after=end)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with SmtpSink(tls=tls_of(certificate)) as relay:
        entry = f"server: '127.0.0.1:{relay.port}', tls: starttls, sender: t@localhost"
        house.servers(
            f"trusted: {{{entry}, ca_file: '{tmp_path}/ca.pem'}}\nstranger: {{{entry}}}\n"
            f"blind: {{{entry}, verify: false}}\n"
        )
        said = worded(house.findings())
        later = worded(house.findings(at=now() + timedelta(days=20)))

    assert "certificate of 127.0.0.1, by trustme" in " ".join(said["trusted"])
    assert f"until {end:%Y-%m-%d} (40 days)" in " ".join(said["trusted"])
    assert any(words.startswith("warning") and "(20 days)" in words for words in later["trusted"])
    assert any(words.startswith("error: certificate_invalid") for words in said["stranger"])
    assert any(words.startswith("warning") and "anybody's certificate" in words for words in said["blind"])


def test_a_gateway_is_reached_and_asked_nothing(house: House) -> None:
    """Only its host and port are known to answer."""
    with SmsSink() as gateway:
        (house.root / "sms_gateways.yaml").write_text(
            f"sms1: {{provider: http, options: {{URL: '{gateway.url}', to: '{{phone}}'}}}}\n"
            "gone: {provider: http, options: {URL: 'http://127.0.0.1:1/', to: '{phone}'}}\n"
        )
        found = [(f.name, str(f.status)) for f in house.findings() if f.area == "sms"]

        assert found == [("sms1", "ok"), ("gone", "error")]
        assert gateway.messages == []


def test_of_a_gateway_behind_a_proxy_the_proxy_is_reached(house: House, authority: trustme.CA, tmp_path: Path) -> None:
    """The gateway's own name isn't even looked for; where there is no proxy, its certificate is looked at."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with SmsSink() as proxy, SmsSink(tls=tls_of(authority.issue_cert("127.0.0.1"))) as secure:
        options = f"URL: '{secure.url}', to: '{{phone}}'"
        (house.root / "sms_gateways.yaml").write_text(
            "proxied: {provider: http, options: {URL: 'https://nowhere.invalid/', to: '{phone}', "
            f"HTTPS_PROXY: '127.0.0.1:{proxy.port}'}}}}\n"
            f"trusted: {{provider: http, options: {{{options}, CA_FILE: '{tmp_path}/ca.pem'}}}}\n"
            f"stranger: {{provider: http, options: {{{options}}}}}\n"
            f"blind: {{provider: http, options: {{{options}, CHECK_SSL: 'no'}}}}\n"
        )
        said = worded([f for f in house.findings() if f.area == "sms"])

    assert said["proxied"] == [
        "note: requests go through the proxy 127.0.0.1: the gateway behind it wasn't looked at",
        f"ok: port {proxy.port} answers",
    ]
    assert any("certificate of 127.0.0.1, by trustme" in words for words in said["trusted"])
    assert any(words.startswith("error: certificate_invalid") for words in said["stranger"])
    assert any("anybody's certificate is taken" in words for words in said["blind"])


def test_a_gateway_that_sends_mails_is_as_well_as_its_server(house: House) -> None:
    """Which is looked at under the gateway's name, too."""
    with SmtpSink() as relay:
        house.servers(
            f"relay1: {{server: '127.0.0.1:{relay.port}', tls: none, sender: t@localhost}}\n"
            "gone: {server: '127.0.0.1:1', tls: none, sender: t@localhost}\n"
        )
        (house.root / "sms_gateways.yaml").write_text(
            "sms1: {provider: smtp, options: {SMTPIDENTIFIER: relay1, MAILTO: '{phone}@sms.example'}}\n"
            "sms2: {provider: smtp, options: {SMTPIDENTIFIER: gone, MAILTO: '{phone}@sms.example'}}\n"
        )
        said = worded([f for f in house.findings() if f.area == "sms"])

        assert relay.messages == []

    assert said["sms1"][0] == "ok: its mails go through relay1"
    assert said["sms1"][-1] == "ok: the sender was accepted"
    assert said["sms2"][-1].startswith("error: connection_refused")


def test_a_script_has_to_be_there_and_may_be_run(house: House, tmp_path: Path) -> None:
    """It isn't run; who may not run it is told why not."""
    directory = tmp_path / "scripts"
    script(directory, "#!/bin/sh\ntouch ran\n", name="good")
    script(directory, "#!/bin/sh\n", name="shared", mode=0o777)
    (house.root / "notifier.yaml").write_text(f"script_directory: {directory}\n")
    (house.root / "sms_gateways.yaml").write_text(
        "".join(f"{name}: {{provider: script, options: {{SCRIPT: {name}}}}}\n" for name in ("good", "shared", "absent"))
    )

    said = worded([f for f in house.findings() if f.area == "sms"])

    assert said["good"] == ["ok: good can be run here"]
    assert said["shared"] == ["error: everybody may write to the script, or to script_directory; chmod o-w"]
    assert said["absent"][0].startswith("error: the script can't be found")
    assert not (directory / "ran").exists()


def test_an_smsc_is_bound_to_and_left_again(house: House, authority: trustme.CA, tmp_path: Path) -> None:
    """Nothing is submitted; over TLS its certificate is told, and a wrong password has its fix."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    login = (USER, "passw0rd")
    certificate = authority.issue_cert("127.0.0.1")
    with SmscSink(credentials=login) as plain, SmscSink(credentials=login, tls=tls_of(certificate)) as secure:
        who = f"SMSC_HOST: 127.0.0.1, SYSTEM_ID: {USER}"
        (house.root / "sms_gateways.yaml").write_text(
            f"plain: {{provider: smpp, options: {{{who}, SMSC_PORT: {plain.port}, PASSWORD: passw0rd}}}}\n"
            f"locked: {{provider: smpp, options: {{{who}, SMSC_PORT: {plain.port}, PASSWORD: wr0ng}}}}\n"
            f"secure: {{provider: smpp, options: {{{who}, SMSC_PORT: {secure.port}, PASSWORD: passw0rd, TLS: 'yes', "
            f"CA_FILE: '{tmp_path}/ca.pem', BIND: transmitter}}}}\n"
        )

        found = [f for f in house.findings() if f.area == "sms"]

        said = worded(found)
        assert said["plain"] == [f"ok: port {plain.port} answers", "ok: bound as transceiver, and unbound again"]
        assert said["locked"][-1].startswith("error: authentication_failed")
        assert "by trustme" in said["secure"][1]
        assert said["secure"][-1] == "ok: bound as transmitter, and unbound again"
        assert {name for name in plain.conversation if not name.startswith("bind")} <= {"unbind"}
        assert "unbind" in plain.conversation
        assert "passw0rd" not in repr(found)
        assert "wr0ng" not in repr(found)


def test_a_receipt_that_comes_meanwhile_is_left_to_a_worker() -> None:
    """The SMSC is told to say it later: whoever only looks has nowhere to keep it."""
    with SmscSink() as smsc:
        gateway = SmsGateway("g", "smpp", {"SMSC_HOST": "127.0.0.1", "SMSC_PORT": str(smsc.port), "RECEIPTS": "yes"})
        link = Dialler(read(gateway)[0], unheard).bind(later)
        try:
            smsc.receipt("1")
            smsc.wait_until(lambda sink: sink.answers)
        finally:
            link.close()

        assert smsc.answers == [("deliver_sm", LATER)]


def test_sipgate_is_reached_and_asked_nothing(house: House) -> None:
    """Its address stands for the service's."""
    with SmsSink() as service:
        (house.root / "sms_gateways.yaml").write_text(
            f"sms1: {{provider: sipgate, options: {{URL: '{service.url}', TOKEN_ID: token-1, TOKEN: s3cret}}}}\n"
        )
        said = worded([f for f in house.findings() if f.area == "sms"])

        assert said == {"sms1": [f"ok: port {service.port} answers"]}
        assert service.requests == 0


def test_services_of_apprise_are_told_by_their_places(house: House, capfd: pytest.CaptureFixture[str]) -> None:
    """One that it knows, and one that it doesn't: neither URL is shown, for it holds the key."""
    (house.root / "sms_gateways.yaml").write_text(
        "sms1: {provider: apprise, options: {URLS: 'json://user:s3cretkey@localhost/{phone} nosuch://s3cretkey/'}}\n"
    )
    log = io.StringIO()  # not caplog: that one listens at the library's own logger, too
    logging.root.addHandler(handler := logging.StreamHandler(log))
    try:
        found = [f for f in house.findings() if f.area == "sms"]
    finally:
        logging.root.removeHandler(handler)

    assert [str(f.status) for f in found] == ["ok", "error"]
    assert found[0].what == "URL 1 of 2 is one of JSON"
    assert found[1].what == "URL 2 of 2 is none that Apprise can use"
    assert "s3cretkey" not in repr(found) + log.getvalue() + "".join(capfd.readouterr())


def test_redis_that_keeps_nothing_and_no_worker_are_errors(house: House, redis: Redis) -> None:
    """And what the operator set right isn't."""
    before = redis.config_get("*")
    try:
        redis.config_set("appendonly", "no")
        redis.config_set("save", "")
        nothing_kept = house.of("redis")
        redis.config_set("appendonly", "yes")
        kept = house.of("redis")
        redis.config_set("maxmemory-policy", "allkeys-lru")
        forgetful = house.of("redis")
    finally:
        for name in ("appendonly", "save", "maxmemory-policy"):
            redis.config_set(name, before[name])

    assert ("error", "it keeps nothing: a restart loses all that waits") in nothing_kept
    assert not [what for status, what in kept if status == "error"]
    assert ("error", "maxmemory-policy allkeys-lru: it may throw away what waits") in forgetful
    assert ("error", "no worker runs") in house.of("worker")


def test_a_worker_with_another_configuration_is_told(house: House) -> None:
    """One with this, one with an older because of a mistake."""
    wiring = Wiring(house.root, house.environ)
    wiring.workers.beat("mail@a", Report(wiring.configuration.version, now()))
    wiring.workers.beat("mail@b", Report("older", now(), "handlers/x.yaml:1:1: wrong"))

    found = house.of("worker")

    assert ("ok", "mail@a works with this configuration") in found
    assert any(status == "error" and what.startswith("mail@b works with an older") for status, what in found)


def test_what_does_not_end_in_time_is_told_and_keeps_nothing_waiting(house: House) -> None:
    """A server that never greets, with a long time-out: its findings so far, the others' all, and the process ends."""
    with silent_server() as silent, SmtpSink() as relay:
        house.servers(
            f"mute: {{server: 'localhost:{silent}', tls: none, timeout: 10m}}\n"
            f"relay1: {{server: '127.0.0.1:{relay.port}', tls: none, sender: t@localhost}}\n"
        )
        words = ["doctor", "--json", "--timeout", "8", "--config", str(house.root)]
        done = subprocess.run(
            [sys.executable, "-m", "notifier", *words],
            env={**os.environ, **house.environ}, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    found = {name: [f for f in json.loads(done.stdout) if f["name"] == name] for name in ("mute", "relay1")}
    assert done.returncode == 1
    assert [f["status"] for f in found["mute"]] == ["ok", "error"]
    assert found["mute"][-1]["what"] == "its examination didn't end in time"
    assert {f["status"] for f in found["relay1"]} == {"ok"}


def test_the_spool_of_a_machine_that_publishes_is_looked_at(house: House, tmp_path: Path) -> None:
    """Not there yet; with an event in it and a file that is none; one that others may write to; no directory at all."""
    place = tmp_path / "spool"
    none = house.of("spool")
    house.environ["NOTIFIER_SPOOL"] = str(place)
    absent = house.of("spool")
    box = Spool(place, writer="w", clock=time.time_ns)
    first, _ = box.add("token-events", [b"{}", b"{}"])
    box.refuse(first, "no event")
    used = house.of("spool")
    place.chmod(0o770)
    shared = house.of("spool")
    house.environ["NOTIFIER_SPOOL"] = __file__
    file = house.of("spool")

    assert none == []
    assert absent == [("ok", "it is made when it is needed")]
    assert used == [
        ("warning", "1 wait there for Redis"),
        ("warning", "1 were set aside, for they are no events"),
    ]
    assert shared[0][0] == "error"
    assert "others may write" in shared[0][1]
    assert file == [("error", "nothing can be kept there")]


def test_the_verb_has_one_document_and_an_exit_code(house: House) -> None:
    """Without Redis, and only one provider, and a misspelt one."""
    house.servers("relay1: {server: '127.0.0.1:1', tls: none}\n")
    environ = {"NOTIFIER_REDIS_URL": "redis://127.0.0.1:1/0"}

    def run(*arguments: str) -> Any:
        return CliRunner(env=environ).invoke(cli, ["doctor", *arguments, "--config", str(house.root)])

    everything, one, wrong = run("--json"), run("--json", "--provider", "relay1"), run("--provider", "relay2")
    offline = run("--offline")

    areas = {finding["area"] for finding in json.loads(everything.stdout)}
    assert everything.exit_code == one.exit_code == 1
    assert {"configuration", "redis", "mail"} <= areas
    assert {finding["area"] for finding in json.loads(one.stdout)} == {"mail"}
    assert wrong.exit_code == 2
    assert "did you mean 'relay1'?" in wrong.output
    assert "mail relay1" not in offline.output
