"""To whom, and what it says: recipients, tags, templates."""
