"""How the estate was before a version was broken, and whether it is so again."""

from tests.e2e.conftest import Estate

FIRST, SECOND = "dev@ss-dev-00", "dev@ss-dev-01"


class Before:
    """What is served, and what the second cluster has, when this is made."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._stored = estate.stored()
        self._secret = estate.clusters[1].secret().metadata.resource_version
        self._generation = estate.clusters[1].generation()

    def assert_back(self) -> None:
        """The old version is served everywhere, the new one in quarantine, the second cluster as it was."""
        estate, second = self._estate, self._estate.clusters[1]
        seen = estate.witness() + estate.witness(None)
        assert [(one.thumbprint, one.chain_ok) for one in seen] == [(self._stored.leaf.thumbprint, True)] * 8
        assert estate.verified(FIRST) == estate.verified(SECOND) == self._stored.version
        (entry,) = estate.journal().quarantine
        assert (entry.version, entry.place) == (estate.stored().version, FIRST)
        assert entry.version != self._stored.version
        assert second.secret().metadata.resource_version == self._secret
        assert second.generation() == self._generation
