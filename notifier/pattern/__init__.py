"""Regular expressions of administrators: read as `re` reads them, and stopped when they take too long."""

from __future__ import annotations

from notifier.pattern.bounded import LIMIT, LONGEST_TEXT, Pattern, compile_pattern

__all__ = ["LIMIT", "LONGEST_TEXT", "Pattern", "compile_pattern"]
