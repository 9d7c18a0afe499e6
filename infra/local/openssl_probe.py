"""What `openssl s_client` sees when it asks a replica by STARTTLS: an observer that shares no code with the product."""

import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes

PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class OpensslResult:
    """The leaf that was presented, by its thumbprint, and whether openssl could build its chain to the root given."""

    thumbprint: str | None
    not_after: datetime | None
    chain_ok: bool
    words: str


def command(address: str, port: int, name: str | None, roots: Path) -> list[str]:
    """Return the command line, as a person would type it."""
    asked = ["-servername", name] if name else ["-noservername"]
    return ["openssl", "s_client", "-starttls", "smtp", "-connect", f"{address}:{port}", *asked, "-CAfile", str(roots)]


def probe_with_openssl(address: str, port: int, name: str | None, roots: Path) -> OpensslResult:
    """Make one handshake and quit."""
    argv = command(address, port, name, roots)
    said = subprocess.run(argv, input="QUIT\n", capture_output=True, text=True, timeout=PATIENCE, check=False).stdout
    pem = re.search(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", said, re.DOTALL)
    verified = re.search(r"Verif(?:y return code|ication): (.*)", said)
    words = verified[1] if verified else "no handshake"
    if pem is None:
        return OpensslResult(None, None, False, words)
    leaf = x509.load_pem_x509_certificate(pem[0].encode())
    return OpensslResult(
        leaf.fingerprint(hashes.SHA256()).hex(),
        leaf.not_valid_after_utc.astimezone(UTC),
        words in ("OK", "0 (ok)"),
        words,
    )
