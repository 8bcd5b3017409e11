"""Keys and certificates that mails are signed with, read from what an operator names; no I/O."""
