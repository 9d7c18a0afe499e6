"""What goes wrong, and is right again afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import requests
from azure.identity import DefaultAzureCredential
from azure.keyvault.certificates import CertificateClient, CertificateContentType, CertificatePolicy, KeyType
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from shared.azure import KEY_VAULT_OPTIONS
from shared.domain.certificates.chain import pem
from tests.e2e.cluster import ClusterByHand, is_ready
from tests.e2e.conftest import INTERNAL, Fleet
from tests.fakes.leaves import Signer

INTERNAL_HOST = "dev-in.mailrelay.internal.platform.hmcts.net"
LIFETIME = timedelta(days=90)
POD = "mailrelay-1"
SECONDS = 5.0


def import_version(fleet: Fleet, left: timedelta) -> None:
    """Import a version of the internal certificate that has so much life left, of ninety days."""
    signer, key = Signer("Elsewhere"), ec.generate_private_key(ec.SECP256R1())
    begins = datetime.now(UTC) + left - LIFETIME
    leaf = signer.issue(key.public_key(), INTERNAL_HOST, begins=begins, lifetime=LIFETIME)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    policy = CertificatePolicy(
        issuer_name="Unknown", content_type=CertificateContentType.pem, key_type=KeyType.ec, exportable=True
    )
    vault = fleet.stack.addresses.vault("dev")
    with DefaultAzureCredential() as credential, CertificateClient(vault, credential, **KEY_VAULT_OPTIONS) as client:
        client.import_certificate(INTERNAL, private + pem([leaf, signer.certificate]), policy=policy)


@contextmanager
def refusing(fleet: Fleet, origin: str, match: str) -> Iterator[None]:
    """A stand-in answers 403 to such requests meanwhile, as if a role had been taken away."""
    url, trust = f"{origin}/_faults", fleet.stack.environment["REQUESTS_CA_BUNDLE"]
    requests.post(url, json={"match": match, "answer": 403}, timeout=SECONDS, verify=trust).raise_for_status()
    try:
        yield
    finally:
        requests.delete(url, timeout=SECONDS, verify=trust).raise_for_status()


@contextmanager
def dead(fleet: Fleet, *servers: str) -> Iterator[None]:
    """Servers of the stack are killed meanwhile."""
    supervisor = fleet.stack.supervisor
    for server in servers:
        supervisor.kill(server)
    try:
        yield
    finally:
        for server in servers:
            supervisor.restart(server)


@contextmanager
def replica_missing(cluster: ClusterByHand) -> Iterator[None]:
    """One of two replicas finds no node meanwhile."""
    with cluster.cordoned():
        cluster.force_delete(POD)
        cluster.wait(lambda: sum(map(is_ready, cluster.pods())) == 1)
        yield
    cluster.wait_until_ready()
