"""The handler modules at hand, by identifier: ours and those other packages registered."""

from __future__ import annotations

from importlib.metadata import entry_points

from notifier.compose.composer import Composer
from notifier.errors import NotifierError
from notifier.eventhandler.base import BaseEventHandler
from notifier.eventhandler.usernotification import UserNotificationEventHandler

GROUP = "notifier.eventhandlers"


def modules(composer: Composer) -> dict[str, BaseEventHandler]:
    """Identifier → module.

    Raises:
        NotifierError: a registered module can't be loaded; the message names it.
    """
    ours = UserNotificationEventHandler(composer)
    found: dict[str, BaseEventHandler] = {ours.identifier: ours}
    for entry in entry_points(group=GROUP):
        if entry.name in found:
            continue
        try:
            module = entry.load()(composer)
        except Exception as error:  # somebody else's code: whatever it raises, say whose it is
            raise NotifierError(f"handler module {entry.name!r} ({entry.value}) can't be loaded: {error}") from error
        found[module.identifier] = module
    return found
