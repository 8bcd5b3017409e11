"""Where it ends and how it's remembered: the outbox, dead letters, the timeline."""
