"""What Celery would tell its log about a message, and what it tells."""

from __future__ import annotations

import logging

import pytest
from celery.concurrency.base import BasePool
from celery.worker.consumer import consumer

from notifier.worker.guards import guard_transport, hide_bodies

#: All that Celery's consumer says about a message with its body.
BODIES = [
    name
    for name, text in vars(consumer).items()
    if name.isupper() and isinstance(text, str) and "body" in text and "%" in text
]


def test_the_constants_are_found() -> None:
    """Celery still names them so; the tests below speak about something."""
    assert {"UNKNOWN_FORMAT", "UNKNOWN_TASK_ERROR", "INVALID_TASK_ERROR", "MESSAGE_DECODE_ERROR"} <= set(BODIES)


@pytest.mark.parametrize("name", BODIES)
def test_no_body_is_logged(name: str) -> None:
    """Whatever Celery has against a message, its body, which may be an event, stays out of the log."""
    text = getattr(consumer, name)
    arguments = ("SECRET",) * (text.count("%") - text.count("%%") * 2)
    record = logging.LogRecord("celery.worker.consumer.consumer", logging.ERROR, "", 0, text, arguments, None)

    assert hide_bodies(record)
    assert "SECRET" not in record.getMessage()


def test_no_argument_is_logged_at_debug(caplog: pytest.LogCaptureFixture) -> None:
    """The pool is handed events; at its own DEBUG it would write them."""
    guard_transport()

    class Pool(BasePool):
        def on_apply(self, *_: object, **__: object) -> None:
            """Take it and do nothing."""

    with caplog.at_level(logging.DEBUG):
        pool = Pool()
        pool.start()
        pool.apply_async(print, ["SECRET"])

    assert "SECRET" not in caplog.text
