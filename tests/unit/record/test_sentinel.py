"""``sentinel://``: what it says, and what kombu is told."""

from __future__ import annotations

import ssl

import pytest

from notifier.record.sentinel import SentinelAddress
from notifier.worker.broker import broker

FULL = "sentinel://us%40er:p%3As@h1,h2:26380,[::1]:26381/my%20master/3?tls=true&sentinel_password=s3cret"


def test_everything_is_read() -> None:
    """Hosts with and without port, IPv6, escaped names and passwords."""
    address = SentinelAddress.parse(FULL)

    assert address.hosts == (("h1", 26379), ("h2", 26380), ("::1", 26381))
    assert (address.master, address.database, address.tls) == ("my master", 3, True)
    assert (address.username, address.password, address.sentinel_password) == ("us@er", "p:s", "s3cret")


@pytest.mark.parametrize(
    "url",
    [
        "sentinel://",
        "sentinel://h1",
        "sentinel://h1/",
        "sentinel:///m",
        "sentinel://h1:x/m",
        "sentinel://h1/m/x",
        "sentinel://h1/m/-1",
        "sentinel://h1/m/0/0",
        "sentinel://u:s3cret@h1,/m",
        "sentinel://h1/m?ssl=true",
        "redis://h1/m",
    ],
)
def test_what_is_none_is_told_without_its_secrets(url: str) -> None:
    """The message shows the form, not the URL."""
    with pytest.raises(ValueError, match="sentinel://HOST:PORT") as error:
        SentinelAddress.parse(url)

    assert "s3cret" not in str(error.value)


def test_the_broker_is_told_the_same() -> None:
    """Each sentinel, the master's name, the database, and that certificates count."""
    found = broker(FULL)

    who = "us%40er:p%3As@"
    assert found.url == ";".join(f"sentinel://{who}{at}/3" for at in ("h1:26379", "h2:26380", "[::1]:26381"))
    assert found.options["master_name"] == "my master"
    assert found.options["sentinel_kwargs"]["password"] == "s3cret"
    assert found.tls == {"ssl_cert_reqs": ssl.CERT_REQUIRED}


def test_no_secret_is_shown() -> None:
    """A repr ends in logs."""
    assert "s3cret" not in repr(SentinelAddress.parse(FULL))
    assert "p:s" not in repr(SentinelAddress.parse(FULL))
