"""Run serles with the packages that `make test-tools` got for it: python -m infra.local.serles.server FOLDER ...

It asks the name server of the stack. A backend of ours signs, since its own ones want EJBCA or drop the names.
"""

import sys
from pathlib import Path

import dns.resolver
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from serles import create_app  # type: ignore[import-not-found]

from infra.local.pki import Authority, unsigned


class Backend:
    """Signs what serles accepted; each leaf comes with its root, and nothing between."""

    def __init__(self, config: dict[str, dict[str, str]]) -> None:
        self._authority = Authority.create(Path(config["relaykeeper"]["folder"]), "serles")

    def sign(self, csr: bytes, _subject: str, _names: list[str], _email: str) -> tuple[str, None]:
        """Return leaf and root as PEM, and no error."""
        request, root = x509.load_pem_x509_csr(csr), self._authority
        names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        leaf = (
            unsigned(request.subject, issuer=root.certificate.subject, public_key=request.public_key())  # type: ignore[arg-type]
            .add_extension(names, critical=False)
            .sign(root.key, hashes.SHA256())
        )
        return "".join(part.public_bytes(Encoding.PEM).decode() for part in (leaf, root.certificate)), None


def main(address: str, port: str, certificate: str, key: str, name_server: str) -> None:
    """Serve until killed; `name_server` is `address:port`."""
    resolver = dns.resolver.Resolver(configure=False)
    host, _, number = name_server.rpartition(":")
    resolver.nameservers, resolver.port = [host], int(number)
    dns.resolver.default_resolver = resolver
    create_app().run(address, int(port), ssl_context=(certificate, key), threaded=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
