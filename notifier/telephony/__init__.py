"""Telephone numbers and the texts of SMS: alphabets, segments, forms. Pure; no I/O."""
