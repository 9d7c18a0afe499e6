"""Root certificates that a chain may end at: the system's (certifi's), or those of a PEM file."""

import warnings
from functools import cache
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning

from shared.domain.certificates.chain import UNREADABLE, read_all
from shared.errors import PermanentError


@cache
def system_roots() -> tuple[x509.Certificate, ...]:
    """Return the roots that browsers trust, as certifi ships them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)  # some old roots' serial numbers break RFC 5280
        return tuple(x509.load_pem_x509_certificates(Path(certifi.where()).read_bytes()))


def read_roots(path: Path, owner: str, remedy: str) -> tuple[x509.Certificate, ...]:
    """Return the roots of a PEM file. Raises PermanentError about the `owner` of the roots, with the `remedy`."""
    try:
        roots = tuple(x509.load_pem_x509_certificates(path.read_bytes()))
        for root in roots:
            read_all(root)
    except (OSError, *UNREADABLE) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise PermanentError(f"cannot read the roots of {owner} from {path}: {why}. {remedy}") from error
    return roots
