"""The options of ``provider: apprise``: services by their URLs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from notifier.configuration import SmsGateway
from notifier.gateways.reading import OptionProblem, OptionReader

DEFAULT_TIMEOUT = 10.0
PHONE = "{phone}"


@dataclass(frozen=True, slots=True)
class AppriseOptions:
    """Where to."""

    #: Each with ``{phone}`` where the number goes, if it does.
    urls: tuple[str, ...] = field(repr=False)
    title: str
    regexp: str
    timeout: float

    def filled(self, number: str) -> tuple[str, ...]:
        """The URLs for one number; it can't break out of its place."""
        return tuple(url.replace(PHONE, quote(number, safe="")) for url in self.urls)


def read(gateway: SmsGateway) -> tuple[AppriseOptions, Sequence[OptionProblem]]:
    """The options, and all that is wrong with them."""
    reader = OptionReader(gateway.options)
    several = reader.text("URLS").split()
    one = reader.text("URL", required=not several).strip()
    urls = tuple(filter(None, (one, *several)))
    if any("://" not in url for url in urls):
        reader.wrong("URL" if "://" not in one and one else "URLS", "is no URL of a service", "such as twilio://...")
    options = AppriseOptions(urls, reader.text("TITLE"), reader.text("REGEXP"), reader.timeout(DEFAULT_TIMEOUT))
    reader.nothing_else()
    return options, reader.problems
