"""One attempt, one outcome: the providers behind one port."""
