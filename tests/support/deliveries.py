"""Deliveries for tests: a mail, an SMS and a file, each with what a test wants to say about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from notifier.model import Channel, Delivery, Message

CREATED = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def deliver(message: Message, identity: str = "ab12cd34ef") -> Delivery:
    """A message on its way."""
    return Delivery(identity, "event", "definition", message, CREATED, CREATED + timedelta(days=1))


def mail(*to: str, identity: str = "ab12cd34ef", **message: Any) -> Delivery:
    """A mail from noreply@example.org."""
    defaults: dict[str, Any] = {"body": "Hello", "subject": "Token", "sender": "noreply@example.org"}
    return deliver(Message(Channel.MAIL, "relay", to or ("anna@example.com",), **{**defaults, **message}), identity)


def sms(*to: str, body: str = "Hello") -> Delivery:
    """A short message."""
    return deliver(Message(Channel.SMS, "gateway", to or ("+4915112345678",), body))


def file(filename: str, body: str = "Hello") -> Delivery:
    """A text for the spool directory."""
    return deliver(Message(Channel.FILE, "spool", (), body, filename=filename))
