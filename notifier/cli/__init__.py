"""The operator's desk: ``notifier VERB``."""

from __future__ import annotations

import atexit
import gc
import io
import sys
from pathlib import Path

import click

from notifier import __version__
from notifier.cli.group import Root, Verb, config_option

EXAMPLE = """\b
Example:
  notifier up
  notifier publish event.json
  notifier status

Exit codes: 0 done, 1 error, 2 wrong usage, 65 unreadable event, 75 Redis unreachable, 130 interrupted.
"""

VERBS = {
    "up": Verb("notifier.cli.up", "up", "Start everything on this machine."),
    "demo": Verb("notifier.cli.demo", "demo", "Watch sample events become mails and SMS."),
    "init": Verb("notifier.cli.init", "init", "Write a configuration to begin with."),
    "worker": Verb("notifier.cli.worker", "worker", "Run the Celery worker."),
    "publish": Verb("notifier.cli.publish", "publish", "Publish events from a file or standard input."),
    "spool": Verb("notifier.cli.spool", "spool", "Work what was published while Redis was away: list, flush."),
    "check": Verb("notifier.cli.check", "check", "List every error of the configuration."),
    "conditions": Verb("notifier.cli.conditions", "conditions", "Look up the conditions of definitions."),
    "explain": Verb("notifier.cli.explain", "explain", "Tell who fires for an event, why, and with which messages."),
    "preview": Verb("notifier.cli.preview", "preview", "Write a definition's messages as files to look at."),
    "send-test": Verb("notifier.cli.send_test", "send_test", "Send a test through one provider, and listen."),
    "show": Verb("notifier.cli.show", "show", "Tell what happened to an event or a delivery."),
    "dead": Verb("notifier.cli.dead", "dead", "Work the dead letters: list, show, replay, discard."),
    "quarantine": Verb("notifier.cli.quarantine", "quarantine", "Work unreadable input: list, show, release, discard."),
    "import-privacyidea": Verb(
        "notifier.cli.import_privacyidea", "import_privacyidea", "Import definitions, servers and gateways."
    ),
    "status": Verb("notifier.cli.status", "status", "Show how much waits where."),
    "doctor": Verb("notifier.cli.doctor", "doctor", "Examine the whole environment; each finding has its fix."),
    "health": Verb("notifier.cli.health", "health", "Answer a supervisor's probe: live, ready."),
}

#: How often Python looks for garbage by itself; and so many objects more than before it takes with us: its own are soon
#: imported.
USUAL, GARBAGE = gc.get_threshold(), 50_000


@click.group(
    cls=Root,
    verbs=VERBS,
    epilog=EXAMPLE,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    params=[config_option(envvar="NOTIFIER_CONFIG", default=Path("config"), show_default=True, show_envvar=True)],
)
@click.version_option(__version__, prog_name="notifier")
def cli() -> None:
    """Token events become mails and SMS, and nothing accepted is lost."""


def main() -> None:
    """Run the command line; the installed ``notifier``."""
    # What is imported stays: to look for garbage in it, again and again while it grows and once more at the end, would
    # be a fifth of what a short command takes.
    gc.set_threshold(GARBAGE)
    atexit.register(gc.freeze)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name is no reason to fail on an old terminal
    cli(prog_name="notifier")
