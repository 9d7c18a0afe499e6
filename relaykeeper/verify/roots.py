"""The roots that `verify` trusts: those of this machine, as other programs on it have them, or those of a file."""

import ssl
import warnings
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning

from shared.domain.certificates.chain import UNREADABLE
from shared.trusted_roots import read_roots, system_roots

BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora and its kin
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # macOS, the BSDs
)


def trusted_roots(file: Path | None) -> tuple[tuple[x509.Certificate, ...], str]:
    """Return the roots, and what a sentence calls them. Raises PermanentError for a file that cannot be used."""
    if file is not None:
        return read_roots(file, "the server", "--roots must name a PEM file of certificates."), str(file)
    for bundle in bundles():
        if roots := roots_in(bundle):
            return roots, "this machine"
    return system_roots(), "Mozilla, because this machine has none"


def bundles() -> Iterator[Path]:
    """Yield where this machine's roots may be: what SSL_CERT_FILE or OpenSSL's configuration names comes first."""
    named = ssl.get_default_verify_paths().cafile
    for path in dict.fromkeys([*([named] if named else []), *BUNDLES]):
        if Path(path).is_file():
            yield Path(path)


def roots_in(bundle: Path) -> tuple[x509.Certificate, ...]:
    """Return the roots of a bundle; none where it cannot be read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)  # some old roots' serial numbers break RFC 5280
        try:
            return tuple(x509.load_pem_x509_certificates(bundle.read_bytes()))
        except (OSError, *UNREADABLE):
            return ()
