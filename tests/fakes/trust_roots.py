"""Trust in roots that a test names."""

from collections.abc import Sequence

from cryptography import x509

from shared.inventory import AcmeIssuer


class FakeTrust:
    """Implements ports.Trust: the same roots for every issuer."""

    def __init__(self, *trusted: x509.Certificate) -> None:
        self.trusted = trusted

    def of_issuer(self, issuer: AcmeIssuer) -> Sequence[x509.Certificate]:
        del issuer
        return self.trusted
