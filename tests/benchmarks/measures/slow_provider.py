"""What a slow server carries over as many connections as it allows, and what the others notice of it."""

from __future__ import annotations

from collections.abc import Iterator

import yaml_text

from benchmarks.extent import Extent, room
from benchmarks.figures import Figure, at_least, each
from benchmarks.site import Site, site
from benchmarks.smtp_sink import LeanSink

KIND, DELAY, CONNECTIONS = "token_lost", 0.3, 32
WAITING, MAILS = 1_500, 12_000


def slow_provider(extent: Extent) -> Iterator[Figure]:
    """Mails through a server that thinks about each, through another one meanwhile, and through that one alone."""
    slow, alone, beside = [], [], []
    waiting, mails = extent.of(WAITING), extent.of(MAILS)
    handlers = yaml_text.HANDLERS.partition("- name: text")[0]
    handlers = handlers.replace("tell the owner", "slowly").replace("token_init", KIND).replace("relay1", "slow")
    with room() as root:
        for number in extent.rounds:
            for sent, files in ((alone, {}), (beside, {"handlers/slow.yaml": handlers})):
                with LeanSink(DELAY) as sink, site(root / f"r{number}{len(files)}", **files) as ours:
                    _connect(ours, sink)
                    ours.start()
                    ours.drain("first", mails)
                    ours.settle()
                    ours.publish([f"slow{i}" for i in range(waiting)], KIND)
                    sink.wait_for(1 if files else 0)
                    began = sink.last
                    sent.append(mails / ours.drain("measured", mails))
                    if files:
                        sink.wait_for(waiting)
                        slow.append((waiting - 1) / (sink.last - began) / (CONNECTIONS / DELAY))
    yield Figure(
        "slow-provider",
        f"a server that thinks {DELAY * 1000:.0f} ms about each of {waiting:,} mails, {CONNECTIONS} connections: "
        "mails/s over what they can carry, while another server is busy",
        slow,
        target=at_least(0.9),
    )
    yield Figure("beside-slow", "the other server's throughput meanwhile over alone", each(beside, alone))


def _connect(ours: Site, slow: LeanSink) -> None:
    entry = yaml_text.smtp(slow.port, "slow").rstrip().rstrip("}")
    ours.found.write(
        "smtp_servers.yaml", f"{yaml_text.smtp(ours.sink.port)}{entry}, max_connections: {CONNECTIONS}}}\n"
    )
    ours.wiring = ours.found.wiring
