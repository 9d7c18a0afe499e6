"""SMTP clients: their passwords, and what a login at a relay proves."""
