"""A peer's words to an outcome, by tables that are data."""
