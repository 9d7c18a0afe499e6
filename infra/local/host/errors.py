"""What keeps the host from starting."""


class HostError(Exception):
    """The app, `host.json` or the settings cannot be served; the message says where, what and how to mend it."""
