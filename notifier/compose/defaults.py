"""What is said where a definition says nothing."""

#: Whom to tell, and the attribute that holds their address.
RECIPIENT, ATTRIBUTE = "tokenowner", "email"
MIMETYPE = "plain"
MIMETYPES = (MIMETYPE, "html")
SUBJECT = "Your security token: {action}"
BODY = """\
Hello {user},

this is about your security token {serial}.

{admin} has just called {action} at {url}.

If you did not expect this, please tell your helpdesk at once.
"""
