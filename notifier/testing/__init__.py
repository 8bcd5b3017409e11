"""Public fakes: peers that behave as told, for tests and for the demo."""
