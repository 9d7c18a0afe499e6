"""Completion of names that this machine knows: the targets of the config file. The app is not asked."""

from shared.errors import RelaykeeperError


def complete_target(incomplete: str) -> list[tuple[str, str]]:
    """Return the targets that begin so, each with its URL as help; none if the file cannot be read."""
    from relaykeeper.config import read_config

    try:
        targets = read_config().targets
    except RelaykeeperError:
        return []
    return [(name, target.app) for name, target in targets.items() if name.startswith(incomplete)]
