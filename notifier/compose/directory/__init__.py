"""Where addresses live."""
