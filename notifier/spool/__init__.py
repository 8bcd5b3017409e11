"""The spool: a directory of this machine that keeps events while Redis is away."""
