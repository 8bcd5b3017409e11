"""Who fires, and why not: conditions, comparators, engine."""
