"""Small configurations and events for tests."""

from __future__ import annotations

from typing import Any

NOTIFIER = """\
retry:
  mail: {first: 1s, cap: 2s}
"""

HANDLERS = """\
- name: tell the owner
  event: token_init
  action: sendmail
  options:
    {emailconfig: relay1, To: tokenowner, subject: "Token {serial}", body: "Hello {givenname}, code {registrationcode}"}
- name: text the owner
  event: token_disable
  action: sendsms
  options: {smsconfig: sms1, To: tokenowner, body: "Token {serial} is off"}
"""


def smtp(port: int, name: str = "relay1") -> str:
    """One SMTP server on this machine."""
    return f"{name}: {{server: '127.0.0.1:{port}', tls: none, sender: tokens@example.com, timeout: 5}}\n"


def sms(url: str) -> str:
    """One gateway on this machine."""
    return f"sms1: {{provider: http, options: {{URL: '{url}', HTTP_METHOD: POST, to: '{{phone}}', text: '{{otp}}'}}}}\n"


def event(ident: str, kind: str = "token_init", **owner: Any) -> dict[str, Any]:
    """A token event about one owner."""
    person = {"username": "kim", "realm": "sales", "givenname": "Kim", "email": "kim@example.com", "mobile": "+4916012"}
    return {
        "specversion": "1.0",
        "id": ident,
        "source": "/test",
        "type": kind,
        "time": "2026-11-24T12:00:00+00:00",
        "data": {
            "tokenowner": {**person, **owner},
            "token": {"serial": "OATH1", "type": "hotp"},
            "response": {"detail": {"registrationcode": "s3cret-c0de"}},
        },
    }
