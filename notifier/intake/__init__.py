"""How an event comes in: contract, stream, quarantine."""
