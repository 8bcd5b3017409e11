"""What a definition says against what exists, and against what can ever happen. Each finding with its place."""

from __future__ import annotations

from notifier.definitions.lint.linter import lint

__all__ = ["lint"]
