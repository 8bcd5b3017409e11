"""The options that name a proxy: ``HTTP_PROXY``, ``HTTPS_PROXY``, and the old ``PROXY`` (reference section 5.3)."""

from __future__ import annotations

from collections.abc import Mapping

from notifier.gateways.reading import OptionReader
from notifier.gateways.url import host_of

SCHEMES = ("http", "https")


def proxies(reader: OptionReader, scheme: str) -> Mapping[str, str]:
    """Scheme of the gateway's URL → its proxy.

    Args:
        reader: The gateway's options.
        scheme: That of its URL.
    """
    found = {s: _checked(reader, f"{s.upper()}_PROXY") for s in SCHEMES}
    old = reader.text("PROXY")
    if any(found.values()):
        if old:
            reader.doubtful("PROXY", "is not used beside HTTP_PROXY and HTTPS_PROXY", "take one of them out")
        return {s: proxy for s, proxy in found.items() if proxy}
    if not old:
        return {}
    # It serves the scheme that it begins with itself: so the system taken over has it.
    own = old.partition("://")[0].lower() if "://" in old else ""
    if own not in SCHEMES:
        reader.doubtful("PROXY", "is not used: it must begin with http:// or https://", "write HTTP_PROXY, HTTPS_PROXY")
        return {}
    if own != scheme:
        hint = f"write {scheme.upper()}_PROXY"
        reader.doubtful("PROXY", f"is not used: it begins with {own}://, and the URL doesn't", hint)
    return {own: _checked(reader, "PROXY")}


def _checked(reader: OptionReader, name: str) -> str:
    value = reader.text(name).strip()
    if not value:
        return ""
    scheme, separator, _ = value.partition("://")
    # requests takes HOST:PORT for http.
    if host_of(value if separator else f"http://{value}") and (not separator or scheme.lower() in SCHEMES):
        return value
    reader.wrong(name, "can't be a proxy", "write http://HOST:PORT")
    return ""
