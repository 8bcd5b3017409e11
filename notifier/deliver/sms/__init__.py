"""The kinds of SMS gateway."""
