"""The operator's rules: load, lint, every error at once with its place."""
