"""Signatures of mails: DKIM for servers, S/MIME for readers."""
