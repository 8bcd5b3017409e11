"""The whole environment looked at: configuration, Redis, workers, every provider; each finding with its fix."""
