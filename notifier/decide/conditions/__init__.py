"""The conditions, one small object each, by group."""
