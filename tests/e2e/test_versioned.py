"""A Secret holds the current version and the one before, on a real API server."""

import pytest

from tests.e2e.conftest import DEV, HOST, Fleet

pytestmark = pytest.mark.e2e


def test_the_version_before_stays_beside_the_current_one_until_the_next_comes(fleet: Fleet) -> None:
    versions = [fleet.stored().version]
    for label in ("one", "two"):
        fleet.change_certificate(DEV, dns_names=[HOST, f"{label}.{HOST}"])
        fleet.renew()
        versions.append(fleet.stored().version)

        for cluster in fleet.clusters:
            assert files(cluster.secret().data) == {f"{HOST}.{version}.pem" for version in versions[-2:]}

    fleet.renew()
    assert fleet.said(DEV, "nothing to do")


def files(data: dict[str, str]) -> set[str]:
    """Return the files that hold a version of the first certificate under its first name."""
    return {name for name in data if name.startswith(f"{HOST}.") and name.endswith(".pem")}
