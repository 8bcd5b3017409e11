"""Mails as RFC 5322 and MIME want them; written by hand, because they are written often.

`message` puts one together of `headers` and `parts`.
"""

from notifier.deliver.mime.message import build

__all__ = ["build"]
