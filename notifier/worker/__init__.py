"""Everything Celery: the app, the bells, the sweep. ``celery -A notifier.worker worker`` starts it."""

from notifier.worker.app import app

__all__ = ["app"]
