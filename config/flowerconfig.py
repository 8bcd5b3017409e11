"""Flower: read by `celery -A notifier.worker flower --conf=config/flowerconfig.py`.

Note: /metrics and /healthcheck answer without a password (Flower's choice), so keep it on 127.0.0.1 or behind a proxy.
"""

import os
import sys
from pathlib import Path

address = os.environ.get("NOTIFIER_FLOWER_ADDRESS", "127.0.0.1")
port = int(os.environ.get("NOTIFIER_FLOWER_PORT", "5555"))
url_prefix = os.environ.get("NOTIFIER_FLOWER_URL_PREFIX", "")

# Nobody looks without a password, unless it is the demo on 127.0.0.1.
_user = os.environ.get("NOTIFIER_FLOWER_AUTH") or os.environ.get("FLOWER_BASIC_AUTH") or ""
_file = os.environ.get("NOTIFIER_FLOWER_AUTH_FILE")
if not _user and _file:
    _user = Path(_file).read_text(encoding="utf-8").strip()
if _user:
    basic_auth = [_user]
elif os.environ.get("NOTIFIER_FLOWER_OPEN") == "1" and address == "127.0.0.1":
    os.environ["FLOWER_UNAUTHENTICATED_API"] = "true"
else:
    sys.exit("Flower needs a user: set NOTIFIER_FLOWER_AUTH=user:password (or NOTIFIER_FLOWER_AUTH_FILE)")

read_only = True  # looking is what it is for; workers are stopped and scaled where they were started
enable_events = True  # it lives on task events; batches make them cheap
persistent = False  # the truth is in the record; a shelve file would only be a second, older one
max_tasks = 20_000  # memory
