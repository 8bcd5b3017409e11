"""SMTP servers."""

from __future__ import annotations

from typing import Any

import pytest
from privacyidea import Import, Imported

from notifier.configuration import Tls


def server(imported: Import, *, errors: bool = False, **fields: Any) -> Imported:
    entry = {"server": "mail.example.com", "sender": "a@example.com", **fields}
    return imported(smtpserver={"Relay main": entry}, errors=errors)


@pytest.mark.parametrize(
    ("address", "port", "tls", "expected"),
    [
        ("mail.example.com", 25, False, ("mail.example.com", 25, Tls.NONE)),
        ("mail.example.com", "587", "True", ("mail.example.com", 587, Tls.STARTTLS)),
        ("mail.example.com:2525", 25, "1", ("mail.example.com", 2525, Tls.STARTTLS)),
        ("smtps://mail.example.com", 465, False, ("mail.example.com", 465, Tls.IMPLICIT)),
        ("smtps://mail.example.com", None, True, ("mail.example.com", 25, Tls.IMPLICIT)),
        ("smtp://[::1]:26", 25, "False", ("::1", 26, Tls.NONE)),
        ("mail.example.com", None, None, ("mail.example.com", 25, Tls.NONE)),
    ],
)
def test_it_is_reached_as_before(imported: Import, address: str, port: Any, tls: Any, expected: Any) -> None:
    """Host, port, and whether it is encrypted."""
    found = server(imported, server=address, port=port, tls=tls)

    carried = found.configuration.smtp_servers["Relay main"]
    assert (carried.host, carried.port, carried.tls, carried.verify) == (*expected, True)
    assert any("certificate is verified now" in line for line in found.told("differs")) == (carried.tls != Tls.NONE)


def test_secrets_become_references(imported: Import) -> None:
    """And are told by name alone."""
    found = server(imported, username="u", password="s3cret", smime=True, private_key="/k.pem", certificate="/c.pem",
                   private_key_password="k3y", dont_send_on_error=True, errors=True)  # fmt: skip

    text = found.text("smtp_servers.yaml")
    assert 'password: "${env:SMTP_RELAY_MAIN_PASSWORD}"' in text
    assert 'private_key_password: "${env:SMTP_RELAY_MAIN_PRIVATE_KEY_PASSWORD}"' in text
    assert "s3cret" not in text + repr(found.conversion.secrets)
    assert found.configuration.smtp_servers["Relay main"].password.reveal() == "s3cret"
    assert [(p.name, p.where) for p in found.conversion.needed] == [
        ("SMTP_RELAY_MAIN_PASSWORD", "SMTP server 'Relay main', password"),
        ("SMTP_RELAY_MAIN_PRIVATE_KEY_PASSWORD", "SMTP server 'Relay main', private_key_password"),
    ]


def test_signing_is_carried(imported: Import) -> None:
    """The keys needn't be where the import is made."""
    found = server(imported, smime="True", private_key="/k.pem", certificate="/c.pem")

    text = found.text("smtp_servers.yaml")
    assert found.told("not_carried") == []
    assert "  smime: true\n  private_key: /k.pem\n" not in text  # a path needs quotes
    assert '  smime: true\n  private_key: "/k.pem"\n  certificate: "/c.pem"\n  dont_send_on_error: false\n' in text


def test_what_has_no_meaning_is_left_out(imported: Import) -> None:
    """Everything is queued here; nothing is signed."""
    found = server(imported, enqueue_job=True, smime=False, private_key="/k", password="", id=3, timeout="10")

    text = found.text("smtp_servers.yaml")
    assert not any(word in text for word in ("enqueue", "smime", "private", "password:", "id:"))
    assert found.configuration.smtp_servers["Relay main"].timeout == 10
    assert found.told("not_carried") == []


def test_unknown_fields_are_told(imported: Import) -> None:
    """By name."""
    assert server(imported, colour="red").told("not_carried") == [
        "SMTP server 'Relay main': its field 'colour': there is none of that name"
    ]


@pytest.mark.parametrize("address", ["", None, "ftp://mail", "user:s3cret@mail", "smtp://user:s3cret@mail", ["a"]])
def test_an_address_that_is_none_is_a_comment(imported: Import, address: Any) -> None:
    """Its password isn't in it."""
    found = server(imported, server=address)

    assert found.configuration.smtp_servers == {}
    assert len(found.told("not_carried")) == 1
    assert "s3cret" not in found.text("smtp_servers.yaml")


@pytest.mark.parametrize("key", ["-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----", "MIIs3cret/+=="])
def test_a_key_that_is_no_path_becomes_a_reference(imported: Import, key: str) -> None:
    """A path stays."""
    found = server(imported, smime=True, private_key=key)

    names = [place.name for place in found.conversion.needed]
    assert names[0] == "SMTP_RELAY_MAIN_PRIVATE_KEY"
    assert "s3cret" not in found.text("smtp_servers.yaml")


def test_a_certificate_beside_its_key_becomes_a_reference(imported: Import) -> None:
    """A certificate alone is public."""
    certificate = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n"

    both = server(imported, smime=True, certificate=f"{certificate}-----BEGIN RSA PRIVATE KEY-----\ns3cret")
    alone = server(imported, smime=True, certificate=certificate)

    assert "s3cret" not in both.text("smtp_servers.yaml")
    assert alone.conversion.needed == ()
