"""Addresses as a desk may show them: recognisable to who knows them, useless to who doesn't."""

from __future__ import annotations

from collections.abc import Iterable


def mask(address: str) -> str:
    """``kim@example.com`` becomes ``k**@example.com``, ``+4916070001`` becomes ``+49*****01``."""
    local, at, domain = address.rpartition("@")
    if at:
        return f"{local[:1]}**@{domain}"
    digits = address.replace(" ", "")
    return f"{digits[:3]}*****{digits[-2:]}" if len(digits) > 6 else "*" * len(digits)


def mask_all(addresses: Iterable[str]) -> str:
    """The masked addresses, joined by a comma and a blank."""
    return ", ".join(map(mask, addresses))
