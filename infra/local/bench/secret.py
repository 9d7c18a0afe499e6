"""A relay's Secret, written as the product writes it."""

from collections.abc import Mapping

from shared.domain.secret_part import OPAQUE, SecretPart
from shared.ports import Ports

NAMESPACE, NAME = "mailrelay", "relay-tls"


def write(ports: Ports, cluster: str, files: Mapping[str, bytes]) -> None:
    """Apply these files beside those that others own; earlier ones of ours that are not among them go."""
    part = SecretPart(
        namespace=NAMESPACE,
        name=NAME,
        type=OPAQUE,
        files=files,
        annotations={},
        field_manager="relaykeeper/bench",
        resource_version=None,
    )
    ports.clusters.apply(cluster, part)
