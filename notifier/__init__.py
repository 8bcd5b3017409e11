"""token-notifier: token events become mails and SMS, and nothing accepted is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from notifier.client import Receipt, publish

__all__ = ["Receipt", "__version__", "publish"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Load the client when somebody publishes: importing the package costs nothing."""
    if name in ("Receipt", "publish"):
        from notifier import client  # noqa: PLC0415

        return getattr(client, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
