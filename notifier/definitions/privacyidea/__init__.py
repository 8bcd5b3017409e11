"""What an administrator exports from privacyIDEA, as a configuration of ours; everything that changes is told."""
