"""What a hostile peer does instead of answering; SMTP's and HTTP's alike."""

from __future__ import annotations

from enum import StrEnum

#: Between two bytes of a drip, in seconds: far shorter than any time-out, so that none ever ends it.
PACE = 0.05


class Act(StrEnum):
    """Stands where a reply could."""

    #: Say nothing, and keep the connection.
    HANG = "HANG"
    #: Close the connection.
    DROP = "DROP"
    #: A byte now and then, for ever.
    DRIP = "DRIP"
    #: As much as the peer takes, for ever.
    FLOOD = "FLOOD"
    #: Wait until the peer says something, and go on.
    AWAIT = "AWAIT"
    #: Agree to TLS, and then say nothing.
    HANG_IN_HANDSHAKE = "HANG_IN_HANDSHAKE"
    #: Agree to TLS, and then speak none.
    NO_HANDSHAKE = "NO_HANDSHAKE"
