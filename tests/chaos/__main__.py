"""`python -m chaos`: run the experiment, print one page; exit 1 if a promise was broken."""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from chaos.dice import Extent
from chaos.experiment import Experiment
from chaos.report import document, page

#: Blows fall this far apart (seconds): a worker starts in about two, and should have been at work.
SECONDS_A_KILL = 2.0


def main() -> int:
    """Run it."""
    wanted = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leave no worker behind
    seed = random.SystemRandom().randrange(10**6) if wanted.seed is None else wanted.seed
    seconds = wanted.kills * SECONDS_A_KILL if wanted.seconds is None else wanted.seconds
    extent = Extent(
        wanted.deliveries, wanted.kills, wanted.restarts, wanted.freezes, wanted.purges, wanted.workers, seconds
    )
    _say(f"seed {seed}: {extent.deliveries} deliveries, {extent.kills} kills in about {seconds:.0f} s")
    root = Path(wanted.keep or tempfile.mkdtemp(prefix="chaos-"))
    report = Experiment(root, extent, seed, _progress).run()
    if report.good and not wanted.keep:
        shutil.rmtree(root)
    else:
        report.kept = str(root)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    print(json.dumps(document(report), indent=2) if wanted.json else "\n".join(page(report)))
    return 0 if report.good else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m chaos",
        description="Deliver through workers that are killed, a Redis that restarts, queues that are emptied; "
        "then compare what arrived with the record. Exit 1 if anything is lost or sent twice in silence.",
    )
    default = Extent()
    parser.add_argument("--seed", type=int, help="repeat a run's events and blows; default: a new one")
    parser.add_argument("--deliveries", type=int, default=default.deliveries, help="default %(default)s")
    parser.add_argument("--kills", type=int, default=default.kills, help="at least; default %(default)s")
    parser.add_argument("--restarts", type=int, default=default.restarts, help="of Redis; default %(default)s")
    parser.add_argument("--freezes", type=int, default=default.freezes, help="of Redis; default %(default)s")
    parser.add_argument("--purges", type=int, default=default.purges, help="of Celery's queues; default %(default)s")
    parser.add_argument("--workers", type=int, default=default.workers, help="default %(default)s, two processes each")
    parser.add_argument("--seconds", type=float, help=f"of blows; default {SECONDS_A_KILL:g} for each kill")
    parser.add_argument("--json", action="store_true", help="one JSON document in place of the page")
    parser.add_argument("--keep", metavar="DIR", help="keep logs and Redis's files there")
    return parser.parse_args()


def _progress(text: str, done: int, of: int) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K[{done}/{of}] {text}", end="", file=sys.stderr, flush=True)


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
