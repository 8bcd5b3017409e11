"""SMS gateways."""

from __future__ import annotations

from typing import Any

import pytest
from privacyidea import HTTP, Import, Imported

from notifier.gateways import sipgate, smpp
from notifier.gateways.http import read

URL = "https://sms.example.com/send"


def gateway(imported: Import, headers: Any = None, module: str = HTTP, **options: Any) -> Imported:
    return imported(smsgateway={"g": {"providermodule": module, "options": options, "headers": headers}})


def test_options_and_headers_are_carried(imported: Import) -> None:
    """As texts; what looks like a number stays as it is."""
    found = gateway(imported, {"X-From": "0049"}, URL=URL, HTTP_METHOD="POST", to="{phone}", text="{otp}", prio="01")

    carried = found.configuration.sms_gateways["g"]
    assert carried.provider == "http"
    assert carried.options == {"URL": URL, "HTTP_METHOD": "POST", "to": "{phone}", "text": "{otp}", "prio": "01"}
    assert carried.headers == {"X-From": "0049"}
    assert found.conversion.secrets == ()


@pytest.mark.parametrize(
    ("option", "value", "here", "told"),
    [
        ("HTTP_METHOD", "POST", "POST", False),
        ("HTTP_METHOD", "post", "post", True),
        ("HTTP_METHOD", "PUT", "GET", False),
        ("CHECK_SSL", "yes", "yes", False),
        ("CHECK_SSL", "True", "no", True),
        ("CHECK_SSL", "YES", "no", True),
        ("SEND_DATA_AS_JSON", "true", "no", True),
        ("SEND_DATA_AS_JSON", "yes", "yes", False),
    ],
)
def test_one_spelling_counted_there(imported: Import, option: str, value: str, here: str, told: bool) -> None:
    """What meant no there says so here."""
    found = gateway(imported, **{"URL": "http://sms.example.com", option: value})

    assert found.configuration.sms_gateways["g"].options[option] == here
    assert bool(found.told("differs")) is told


def test_a_certificate_that_is_not_verified_is_told(imported: Import) -> None:
    """It wasn't, and isn't."""
    assert "isn't verified, as there" in gateway(imported, URL=URL, CHECK_SSL="no").told("to_do")[0]


def test_parameters_that_are_called_like_options_stay_parameters(imported: Import) -> None:
    """There only capitals are the option; many a gateway wants a `password`."""
    found = gateway(imported, URL=URL, username="me", password="s3cret", timeout="{otp}")

    options, _ = read(found.configuration.sms_gateways["g"])
    assert options.parameters == {"username": "me", "password": "s3cret", "timeout": "{otp}"}
    assert (options.url, options.username, options.timeout) == (URL, "", 3.0)


@pytest.mark.parametrize(
    ("headers", "options", "names"),
    [
        ({"Authorization": "Basic czNjcmV0"}, {}, ["SMS_G_AUTHORIZATION"]),
        ({"X-Api-Key": "s3cret", "X-Plain": "x"}, {}, ["SMS_G_X_API_KEY"]),
        ({}, {"PASSWORD": "s3cret", "USERNAME": "u"}, ["SMS_G_PASSWORD"]),
        ({}, {"client_secret": "s3cret", "token": "s3cret"}, ["SMS_G_CLIENT_SECRET", "SMS_G_TOKEN"]),
        ({}, {"URL": "https://u:s3cret@sms.example.com/x?a=b"}, ["SMS_G_URL_PASSWORD"]),
        ({}, {"URL": "https://sms.example.com/x?apikey=s3cret&to=1"}, ["SMS_G_URL_APIKEY"]),
        ({}, {"HTTPS_PROXY": "http://u:s3cret@proxy:3128"}, ["SMS_G_HTTPS_PROXY_PASSWORD"]),
        ({}, {"data": '{"auth": {"token": "s3cret"}, "to": "{phone}"}'}, ["SMS_G_DATA"]),
        ({}, {"PASSWORD": "__CENSORED__", "note": "__CENSORED__"}, ["SMS_G_PASSWORD", "SMS_G_NOTE"]),
        ({}, {"PASSWORD": "", "code_token": "{otp}"}, []),
        ({"a-key": "1", "a key": "2"}, {}, ["SMS_G_A_KEY", "SMS_G_A_KEY_2"]),
        ({"Cookie": "id=s3cret"}, {}, ["SMS_G_COOKIE"]),
        ({"X-Gateway": "Bearer s3cret", "X-Api": "Basic czNjcmV0"}, {}, ["SMS_G_X_GATEWAY", "SMS_G_X_API"]),
        ({"X-Own": "s3cret"}, {}, ["SMS_G_X_OWN"]),
        ({"Content-Type": "application/json; charset=utf-8", "X-Gateway": "form"}, {}, []),
        ({}, {"URL": "https://sms.example.com/x?userpass=s3cret&from=Bank&flash=1"}, ["SMS_G_URL_USERPASS"]),
        ({}, {"URL": "https://s3cret@sms.example.com/"}, ["SMS_G_URL_KEY"]),
        ({}, {"URL": "https://sms.example.com/bot12345678:AAs3cret4567890/send"}, ["SMS_G_URL_KEY"]),
        ({}, {"HTTPS_PROXY": "u:s3cret@proxy:3128"}, ["SMS_G_HTTPS_PROXY_PASSWORD"]),
        ({}, {"data": '{"pin": 1234567, "to": "{phone}", "s3cret": null}'}, ["SMS_G_DATA"]),
        ({}, {"data": '{"from": "Bank", "to": ["{phone}"], "flash": true, "text": "Code: {otp}"}'}, []),
        ({}, {"data": "<a><password>s3cret</password><to>{phone}</to></a>"}, ["SMS_G_DATA"]),
        ({}, {"data": "user=me&password=s3cret&to={phone}"}, ["SMS_G_DATA_PASSWORD"]),
        ({}, {"x": "-----BEGIN PRIVATE KEY-----\ns3cret", "from": "Basic s3cret"}, ["SMS_G_X", "SMS_G_FROM"]),
        ({}, {"REGEXP": "/^0?a=bcdef/1/", "RETURN_SUCCESS": "&status=accepted"}, []),
    ],
)
def test_secrets_become_references(imported: Import, headers: Any, options: Any, names: list[str]) -> None:
    """Wherever they hide; loaded with their values the gateway is the same."""
    found = gateway(imported, headers, **{"URL": URL, **options})

    assert [place.name for place in found.conversion.needed] == names
    text = found.text("sms_gateways.yaml")
    assert "s3cret" not in text
    assert "czNjcmV0" not in text
    assert "__CENSORED__" not in text
    carried = found.configuration.sms_gateways["g"]
    censored = {k: "" if v == "__CENSORED__" else v for k, v in options.items()}
    assert carried.options == {"URL": URL, **censored}
    assert carried.headers == headers


@pytest.mark.parametrize(
    "name",
    ["userpass", "smspass", "apipass", "gwpwd", "smspin", "userkey", "userPass", "subscriptionKey", "licenseKey",
     "passcode", "bearer", "kennwort", "hash", "sig", "whatever", "Cookie", "userPIN", "pinCode", "X_PW"],
)  # fmt: skip
def test_a_parameter_is_a_secret_unless_it_is_known_not_to_be(imported: Import, name: str) -> None:
    """Gateways call them as they please."""
    found = gateway(imported, URL=URL, **{name: "s3cret"}, to="{phone}")

    assert "s3cret" not in found.text("sms_gateways.yaml")
    assert [place.value for place in found.conversion.needed] == ["s3cret"]


@pytest.mark.parametrize("name", ["smspin", "userPIN", "pinCode", "passcode", "userpass", "hash"])
def test_a_short_number_by_a_telling_name_is_a_secret(imported: Import, name: str) -> None:
    """Others of three digits are codings and classes."""
    found = gateway(imported, URL=URL, **{name: "123"}, whatever="123")

    assert [place.value for place in found.conversion.needed] == ["123"]


@pytest.mark.parametrize("value", ["${otp}", "a ${x} $${y}", "${env:HOME}", "${", "$}{", "${}", "${env:X:-}"])
def test_what_looks_like_a_reference_means_itself(imported: Import, value: str) -> None:
    """There is no escape, so a variable that nobody sets stands for the dollar."""
    carried = gateway(imported, {"h": value}, URL=URL, text=value).configuration.sms_gateways["g"]

    assert (carried.options["text"], carried.headers["h"]) == (value, value)


@pytest.mark.parametrize("module", ["", None, "my.own.HttpSMSProvider", "privacyidea.lib.smsprovider.X.X"])
def test_own_classes_are_comments(imported: Import, module: Any) -> None:
    """Whatever they are called; their secrets aren't in the comment."""
    found = gateway(imported, module=module, PASSWORD="s3cret")

    assert found.configuration.sms_gateways == {}
    assert found.told("not_carried")[0].startswith("SMS gateway 'g': it")
    assert "s3cret" not in found.text("sms_gateways.yaml")
    assert found.conversion.needed == ()


@pytest.mark.parametrize("name", ["SipgateSMSProvider", "SmtpSMSProvider", "SmppSMSProvider", "ScriptSMSProvider",
                                  "FirebaseProvider"])  # fmt: skip
def test_other_kinds_are_carried_or_comments(imported: Import, name: str) -> None:
    """As far as they are built in; nothing is lost either way."""
    found = gateway(imported, module=f"privacyidea.lib.smsprovider.{name}.{name}", PASSWORD="s3cret", SYSTEM_ID="x")

    carried = "g" in found.configuration.sms_gateways
    assert carried != bool(found.told("not_carried"))
    assert "SYSTEM_ID: x" in found.text("sms_gateways.yaml")


def test_an_smpp_gateway_is_carried(imported: Import) -> None:
    """With all its options; the password becomes a reference, and what a number was means the same here."""
    module = "privacyidea.lib.smsprovider.SmppSMSProvider.SmppSMSProvider"
    found = gateway(
        imported, module=module, SMSC_HOST="smsc.example.com", SMSC_PORT="2775", SYSTEM_ID="me", PASSWORD="s3cret",
        S_ADDR_TON="0x5", S_ADDR_NPI="ff", D_ADDR_TON="1", S_ADDR="ACME",
    )  # fmt: skip

    carried, problems = smpp.read(found.configuration.sms_gateways["g"])
    assert (carried.host, carried.port, carried.system_id, carried.sender) == ("smsc.example.com", 2775, "me", "ACME")
    assert (carried.source, carried.destination) == (smpp.Numbering(5, 255), smpp.Numbering(1, 0))
    assert not problems
    assert len(found.conversion.secrets) == 1
    assert "s3cret" not in found.text("sms_gateways.yaml")


def path(name: str) -> str:
    return f"privacyidea.lib.smsprovider.{name}.{name}"


def test_a_gateway_by_mail_is_carried_with_its_server(imported: Import) -> None:
    """Its templates as they are."""
    options = {"MAILTO": "{phone}@sms.example.com", "SMTPIDENTIFIER": "relay", "BODY": "{otp} {{x}}"}
    found = imported(
        smsgateway={"g": {"providermodule": path("SmtpSMSProvider"), "options": options}},
        smtpserver={"relay": {"server": "mail.example.com", "sender": "a@example.com"}},
    )

    carried = found.configuration.sms_gateways["g"]
    assert (carried.provider, carried.options, carried.broken) == ("smtp", options, "")
    assert carried.relay is not None
    assert carried.relay.host == "mail.example.com"
    assert found.told("not_carried") == []


def test_a_gateway_by_mail_that_came_without_its_server_gets_a_place_for_it(imported: Import) -> None:
    """As a definition does; where the servers came and it isn't among them, the gateway is a comment."""
    options = {"MAILTO": "{phone}@sms.example.com", "SMTPIDENTIFIER": "relay"}
    gateways = {"g": {"providermodule": path("SmtpSMSProvider"), "options": options}}

    without = imported(smsgateway=gateways, smtpserver={})
    alone = imported(smsgateway=gateways)

    relay = alone.configuration.sms_gateways["g"].relay
    assert relay is not None
    assert relay.host == "smtp.invalid"
    assert any("unknown SMTP server 'relay'" in told for told in without.told("not_carried"))


@pytest.mark.parametrize("background", ["background", "wait", None])
def test_a_script_is_carried(imported: Import, background: str | None) -> None:
    """It is always waited for; that its errors counted for nothing is told, and where it has to lie now."""
    given = {"script": "send.sh", "REGEXP": "/[ -]//"} | ({"background": background} if background else {})
    found = gateway(imported, module=path("ScriptSMSProvider"), **given)

    carried = found.configuration.sms_gateways["g"]
    assert (carried.provider, carried.options) == ("script", {"script": "send.sh", "REGEXP": "/[ -]//"})
    assert any("exit code counts now" in told for told in found.told("differs")) == (background == "background")
    assert any("copy its script 'send.sh' into script_directory" in told for told in found.told("to_do"))


def test_sipgate_is_asked_over_rest(imported: Import) -> None:
    """With the old names; that a token is wanted is told."""
    found = gateway(imported, module=path("SipgateSMSProvider"), USERNAME="u", PASSWORD="s3cret")

    options, problems = sipgate.read(found.configuration.sms_gateways["g"])
    assert (options.api, options.user, options.password.reveal()) == (sipgate.Api.REST, "u", "s3cret")
    assert not problems
    assert any("API: xmlrpc" in told for told in found.told("differs"))
    assert any("TOKEN_ID and TOKEN" in told for told in found.told("to_do"))


def test_sipgate_ignored_a_regexp(imported: Import) -> None:
    """It doesn't begin to change numbers."""
    found = gateway(imported, module=path("SipgateSMSProvider"), USERNAME="u", PASSWORD="p", REGEXP="/a/b/")

    assert "SMS gateway 'g': its option 'REGEXP': Sipgate's ignored it there" in found.told("not_carried")
    assert "REGEXP" not in found.text("sms_gateways.yaml")


def test_firebase_is_no_gateway_here(imported: Import) -> None:
    """What to do instead is told, and its options stay as a comment."""
    given = {"JSON config file": "/etc/firebase.json"}
    found = gateway(imported, module=path("FirebaseProvider"), **given)

    (told,) = found.told("not_carried")
    assert "there is no provider 'firebase'" in told
    assert "`apprise` sends to push services" in told
    assert "/etc/firebase.json" in found.text("sms_gateways.yaml")


@pytest.mark.parametrize("options", [5, "x", ["a"], {"a": {"b": 1}}])
def test_options_that_cannot_be_read_are_told(imported: Import, options: Any) -> None:
    """The gateway is a comment."""
    found = imported(smsgateway={"g": {"providermodule": HTTP, "options": options}})

    assert found.told("not_carried")[0].startswith("SMS gateway 'g': its options ")


def test_options_may_be_json_texts(imported: Import) -> None:
    """As the API takes them."""
    found = imported(smsgateway=[{"name": "g", "providermodule": HTTP, "options": '{"URL": "http://x"}'}])

    assert found.configuration.sms_gateways["g"].options == {"URL": "http://x"}
