"""token-notifier: token events become mails and SMS, and nothing accepted is lost."""

__version__ = "0.1.0"
