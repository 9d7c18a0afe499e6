"""Addresses of mail, as they are named in a session."""

from shared.inventory.names import dns_name, matches

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
LOCAL_PART = rf"^{_ATOM}(\.{_ATOM})*$"
MAILBOX = rf"^{_ATOM}(\.{_ATOM})*@[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"

LONGEST_LOCAL_PART = 64
LONGEST_MAILBOX = 254
"""In octets: RFC 5321, section 4.5.3.1, gives a path 256, its angle brackets included."""


def mailbox(text: str) -> str:
    """A mailbox as `RCPT TO:<...>` takes it (RFC 5321, section 4.1.2): nothing quoted, no address literal.

    Raises ValueError with a sentence that follows the text.
    """
    local, _, domain = text.rpartition("@")
    if not matches(LOCAL_PART, local) or len(local) > LONGEST_LOCAL_PART or len(text) > LONGEST_MAILBOX:
        raise ValueError(
            "is not the address of a mailbox; allowed is for example postmaster@example.org, without a display name, "
            "angle brackets or quotes, at most 64 characters before the @ and 254 in all"
        )
    try:
        dns_name(domain)
    except ValueError as error:
        raise ValueError(f"has a domain that {error}") from error
    return text
