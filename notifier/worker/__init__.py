"""Everything Celery: the app, the bells, the sweep."""
