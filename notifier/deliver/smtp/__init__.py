"""Mail over SMTP: the connection, what is said over it, and what that means."""
