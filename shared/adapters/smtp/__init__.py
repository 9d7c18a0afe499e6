"""What mail servers say and present, by SMTP sessions of our own: smtplib has no deadline and trusts replies."""

from shared.adapters.smtp.probe import SmtpRelays

__all__ = ["SmtpRelays"]
