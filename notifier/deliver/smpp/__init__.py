"""SMS over SMPP 3.4: one kept bind, a window of messages under way, and receipts."""
