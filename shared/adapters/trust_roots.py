"""The roots that an issuer's chains must end at, by its entry in the inventory."""

from collections.abc import Sequence
from pathlib import Path

from cryptography import x509

from shared.inventory import SYSTEM_ROOTS, AcmeIssuer
from shared.trusted_roots import read_roots, system_roots

REMEDY = "Its `roots` in the inventory must name a PEM file beside the inventory, or be `system`."


class PemTrustRoots:
    """ports.TrustRoots; `folder` is the inventory's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of_issuer(self, issuer: AcmeIssuer) -> Sequence[x509.Certificate]:
        """A file is read each time: a private authority's root may be exchanged."""
        if issuer.roots == SYSTEM_ROOTS:
            return system_roots()
        return read_roots(self._folder / issuer.roots, f"issuer {issuer.name}", REMEDY)
