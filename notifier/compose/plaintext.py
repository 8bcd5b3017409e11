"""HTML as a plain text, for readers whose mail program shows none."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inscriptis.model.config import ParserConfig

#: Private characters that mark a link while blanks are put in order: its text, its address, its end.
_TEXT, _ADDRESS, _END = "\ue0f0", "\ue0f1", "\ue0f2"
_MARKS = re.compile(f"[{_TEXT}{_ADDRESS}{_END}]")
_LINK = re.compile(f"{_TEXT}([^{_TEXT}{_ADDRESS}{_END}]*){_ADDRESS}([^{_TEXT}{_ADDRESS}{_END}]*){_END}")
_UNSEEN = re.compile(r"<(head|style|script|title)\b[^<>]*>[^<]*", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_BLANK_LINES = re.compile(r"\n{3,}")
#: Beyond these many characters, of HTML or of text, tags are cut out and nothing is laid out: tables and lists take
#: time and room that grow faster than they do.
_MOST = 1 << 17


def plain_text(markup: str) -> str:
    """The text of an HTML document: a link with its address, an image by its description; never raises."""
    markup = _MARKS.sub("", markup)
    text = _laid_out(markup) if len(markup) <= _MOST else ""
    if not text.strip() or len(text) > _MOST:
        text = html.unescape(_TAG.sub(" ", _UNSEEN.sub("", markup)))
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    text = _BLANK_LINES.sub("\n\n", lines).strip("\n")
    return f"{text}\n" if text else ""


def _laid_out(markup: str) -> str:
    from inscriptis import get_text  # noqa: PLC0415 - only who writes HTML alone pays for it

    try:
        text = get_text(markup, _config())
    except Exception:  # noqa: BLE001 - whatever two parsers make of whatever HTML, there is a text
        return ""
    return _MARKS.sub("", _LINK.sub(_link, text))


def _link(found: re.Match[str]) -> str:
    text, address = found[1], found[2].strip()
    shown = text.strip()
    if not address or address.startswith("#") or shown in (address, address.removeprefix("mailto:")):
        return text
    return f"{text} <{address}>"


@cache
def _config() -> ParserConfig:
    from inscriptis.css_profiles import CSS_PROFILES  # noqa: PLC0415
    from inscriptis.model.config import ParserConfig  # noqa: PLC0415
    from inscriptis.model.tag import CustomHtmlTagHandlerMapping  # noqa: PLC0415

    handlers = CustomHtmlTagHandlerMapping({"a": _open}, {"a": _close})
    return ParserConfig(
        css=CSS_PROFILES["strict"], display_images=True, display_links=True, custom_html_tag_handler_mapping=handlers
    )


def _open(state: Any, attributes: Mapping[str, str]) -> None:
    state.link_target = "".join(attributes.get("href", "").split())
    state.tags[-1].write(_TEXT)


def _close(state: Any) -> None:
    state.tags[-1].write(f"{_ADDRESS}{state.link_target}{_END}")
