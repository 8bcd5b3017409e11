"""The windows: what may be observed, and the log."""
