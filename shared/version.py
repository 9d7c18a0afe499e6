"""Which release of Relaykeeper this is."""

RELEASE = "0.1.0"
"""As in pyproject.toml; records and metrics name it."""
