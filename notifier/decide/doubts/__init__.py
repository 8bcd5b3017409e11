"""What can be written and can't be meant: conditions that never hold, or not for what they seem to say.

A doubt is one line: what is doubtful, and behind a semicolon what to write instead.
"""
