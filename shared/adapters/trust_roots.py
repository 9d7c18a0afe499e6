"""The roots that an issuer's chains must end at: certifi's, or those of a PEM file beside the inventory."""

import warnings
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning

from shared.domain.certificates.chain import UNREADABLE, read_all
from shared.errors import PermanentError
from shared.inventory import SYSTEM_ROOTS, AcmeIssuer


class PemTrustRoots:
    """ports.Trust; `folder` is the inventory's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of_issuer(self, issuer: AcmeIssuer) -> Sequence[x509.Certificate]:
        """A file is read each time: a private authority's root may be exchanged."""
        return system_roots() if issuer.roots == SYSTEM_ROOTS else read_roots(issuer, self._folder / issuer.roots)


@cache
def system_roots() -> tuple[x509.Certificate, ...]:
    """The roots that browsers trust, as certifi ships them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)  # some old roots' serial numbers break RFC 5280
        return tuple(x509.load_pem_x509_certificates(Path(certifi.where()).read_bytes()))


def read_roots(issuer: AcmeIssuer, path: Path) -> tuple[x509.Certificate, ...]:
    try:
        roots = tuple(x509.load_pem_x509_certificates(path.read_bytes()))
        for root in roots:
            read_all(root)
    except (OSError, *UNREADABLE) as error:
        raise PermanentError(
            f"cannot read the roots of issuer {issuer.name} from {path}: {error}. "
            "Its `roots` in the inventory must name a PEM file beside the inventory, or be `system`."
        ) from error
    return roots
