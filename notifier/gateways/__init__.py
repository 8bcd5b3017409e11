"""What the options of each kind of SMS gateway mean: read once, by `check` and by whoever sends."""
