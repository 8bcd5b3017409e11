"""What is said where a definition says nothing."""

SUBJECT = "Your security token: {action}"
BODY = """\
Hello {user},

this is about your security token {serial}.

{admin} has just called {action} at {url}.

If you did not expect this, please tell your helpdesk at once.
"""
