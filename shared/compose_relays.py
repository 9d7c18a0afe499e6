"""What examining a relay of the inventory needs: vaults and clusters, and no storage."""

from pathlib import Path

from shared.adapters.kubernetes.clusters import KubernetesClusters
from shared.adapters.trust_roots import PemTrustRoots
from shared.compose_vaults import credential, open_vaults
from shared.guard import guarded
from shared.inventory import Inventory
from shared.ports import Clusters, TrustRoots
from shared.workflows.expected_server import RelaySystems


def compose_relay_systems(inventory: Inventory, folder: Path) -> RelaySystems:
    """Return what examining a relay needs, having contacted nothing; `folder` is the inventory's."""
    vaults, azure = open_vaults(inventory), credential()
    clusters: Clusters = guarded(KubernetesClusters(inventory.clusters, folder, azure, vaults.secret), "clusters")
    trust_roots: TrustRoots = guarded(PemTrustRoots(folder), "trust_roots")
    return RelaySystems(inventory, vaults, clusters, trust_roots)
