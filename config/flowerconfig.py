"""Flower: read by `celery -A notifier.worker flower --conf=config/flowerconfig.py`.

Note: /metrics and /healthcheck answer without a password (Flower's choice), so keep it on 127.0.0.1 or behind a proxy.
"""

import os
import sys
from pathlib import Path


def _users() -> list[str]:
    """Who may look, as user:password; Flower's own variable may name several."""
    given = os.environ.get("NOTIFIER_FLOWER_AUTH", "")
    file = os.environ.get("NOTIFIER_FLOWER_AUTH_FILE")
    if not given and file:
        try:
            given = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            sys.exit(f"Flower needs a user: NOTIFIER_FLOWER_AUTH_FILE={file} can't be read")
    users = [given] if given else list(filter(None, os.environ.get("FLOWER_BASIC_AUTH", "").split(",")))
    if not all(all(user.partition(":")[::2]) for user in users):  # nobody could ever log in
        sys.exit("Flower needs a user: NOTIFIER_FLOWER_AUTH (or its file) must be user:password")
    return users


def _port() -> int:
    given = os.environ.get("NOTIFIER_FLOWER_PORT") or "5555"
    if not given.isdecimal() or int(given) > 65535:
        sys.exit("NOTIFIER_FLOWER_PORT must be the number of a port")
    return int(given)


address = os.environ.get("NOTIFIER_FLOWER_ADDRESS", "127.0.0.1")  # its figures have no password: this machine only
port = _port()
url_prefix = os.environ.get("NOTIFIER_FLOWER_URL_PREFIX", "")  # where a proxy puts it

# Nobody looks without a password, unless it is the demo on 127.0.0.1.
basic_auth = _users()
if not basic_auth:
    elsewhere = address != "127.0.0.1" or any(a.lstrip("-").startswith(("address", "unix")) for a in sys.argv)
    if os.environ.get("NOTIFIER_FLOWER_OPEN") != "1" or elsewhere:
        sys.exit("Flower needs a user: set NOTIFIER_FLOWER_AUTH=user:password (or NOTIFIER_FLOWER_AUTH_FILE)")
    os.environ["FLOWER_UNAUTHENTICATED_API"] = "true"

read_only = True  # looking is what it is for; workers are stopped and scaled where they were started
enable_events = True  # it lives on task events; batches make them cheap
persistent = False  # the truth is in the record; a shelve file would only be a second, older one
max_tasks = 20_000  # memory
