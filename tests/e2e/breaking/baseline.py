"""How the fleet was before a version was broken, and whether it is so again."""

from tests.e2e.conftest import Fleet

FIRST, SECOND = "dev@ss-dev-00", "dev@ss-dev-01"


class Before:
    """What is served, and what the second cluster has, when this is made."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._stored = fleet.stored()
        self._secret = fleet.clusters[1].secret().metadata.resource_version
        self._generation = fleet.clusters[1].generation()

    def assert_back(self) -> None:
        """The old version is served everywhere, the new one in quarantine, the second cluster as it was."""
        fleet, second = self._fleet, self._fleet.clusters[1]
        seen = fleet.openssl_results() + fleet.openssl_results(None)
        assert [(one.thumbprint, one.chain_ok) for one in seen] == [(self._stored.leaf.thumbprint, True)] * 8
        assert fleet.verified(FIRST) == fleet.verified(SECOND) == self._stored.version
        (entry,) = fleet.journal().quarantine
        assert (entry.version, entry.place) == (fleet.stored().version, FIRST)
        assert entry.version != self._stored.version
        assert second.secret().metadata.resource_version == self._secret
        assert second.generation() == self._generation
