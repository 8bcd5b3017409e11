"""A delivery as files that somebody can look at: the mail as it is sent, its texts, and an SMS's segments."""

from __future__ import annotations

import html
import os
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from notifier.cli.exits import Failure, Misused
from notifier.model import Channel, Delivery
from notifier.outcome import Misconfigured
from notifier.telephony.segmenter import Encoding, split

if TYPE_CHECKING:
    from notifier.configuration import SmtpServer

_CONTENT_ID = re.compile(r"cid:([A-Za-z0-9._@-]+)")


def sheets(delivery: Delivery, servers: Mapping[str, SmtpServer]) -> Iterator[tuple[str, bytes]]:
    """Each file's suffix, and its content.

    Raises:
        Failure: the mail has to be signed and can't be.
    """
    message = delivery.message
    if message.channel is Channel.MAIL:
        yield ".eml", _mail(delivery, servers.get(message.provider))
        if message.mimetype == "html":
            yield ".html", _page(delivery).encode("utf-8", "replace")
        text = message.alternative if message.mimetype == "html" else message.body
        if text:
            yield ".txt", text.encode("utf-8", "replace")
        return
    yield ".txt", message.body.encode("utf-8", "replace")
    if message.channel is Channel.SMS:
        parts = [part.text for part in split(message.body, Encoding.UCS2 if message.ucs2 else None)]
        lines = [f"--- {number} of {len(parts)} ---\n{part}\n" for number, part in enumerate(parts, 1)]
        yield ".segments.txt", "".join(lines).encode()


def _mail(delivery: Delivery, server: SmtpServer | None) -> bytes:
    """The very bytes that the server would get."""
    from notifier.configuration import SmtpServer  # noqa: PLC0415
    from notifier.deliver.signing.writer import Writer  # noqa: PLC0415 - only where there is a mail

    server = server or SmtpServer(delivery.message.provider, "")
    message = replace(delivery.message, sender=delivery.message.sender or server.sender)
    written = Writer(server).write(replace(delivery, message=message))
    if isinstance(written, Misconfigured):
        raise Failure(f"{server.identifier}: {written.detail}")
    return written.content


def _page(delivery: Delivery) -> str:
    """The HTML with its images in it: a browser knows no content ids."""
    images = {
        a.content_id: f"data:{html.escape(a.content_type)};base64,{b64encode(a.data).decode()}"
        for a in delivery.message.attachments
    }
    return _CONTENT_ID.sub(lambda found: images.get(found[1], found[0]), delivery.message.body)


def write(directory: Path, contents: Mapping[str, bytes], *, force: bool) -> None:
    """Write the files, readable by their owner alone: texts hold codes.

    Raises:
        Misused: one of them is there already; then none is written.
        Failure: one can't be written.
    """
    there = [name for name in contents if (directory / name).exists()]
    if there and not force:
        raise Misused(f"{directory / there[0]} is there already; --force replaces it, -o names another directory")
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, content in contents.items():
            (directory / name).unlink(missing_ok=True)  # never through a link, never into somebody's open file
            handle = os.open(directory / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
    except OSError as error:
        raise Failure(f"{error.filename or directory}: {error.strerror}") from error
