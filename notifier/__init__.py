"""token-notifier: token events become mails and SMS, and nothing accepted is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from notifier.client import publish

__version__ = "0.1.0"
__all__ = ["__version__", "publish"]


def __getattr__(name: str) -> Any:
    """``notifier.publish`` without importing Redis for those who only ask the version."""
    if name == "publish":
        from notifier.client import publish  # noqa: PLC0415

        return publish
    raise AttributeError(f"module 'notifier' has no attribute {name!r}")
