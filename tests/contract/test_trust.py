"""What ports.Trust promises, of PEM files as of the fake."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from shared.adapters.trust_roots import PemTrustRoots
from shared.errors import PermanentError
from shared.inventory import AcmeIssuer
from shared.ports import TrustRoots
from tests.fakes import odd
from tests.fakes.leaves import Signer
from tests.fakes.trust_roots import FakeTrust

ROOTS = (Signer("One").certificate, Signer("Two").certificate)


def issuer(roots: str) -> AcmeIssuer:
    return AcmeIssuer.model_validate(
        {"name": "own", "directory": "https://acme.example.net/dir", "account_key": "dev/key", "roots": roots}
    )


@pytest.fixture(params=["fake", "real"])
def trust(request: pytest.FixtureRequest, tmp_path: Path) -> TrustRoots:
    if request.param == "fake":
        return FakeTrust(*ROOTS)
    (tmp_path / "roots.pem").write_bytes(b"".join(root.public_bytes(Encoding.PEM) for root in ROOTS))
    return PemTrustRoots(tmp_path)


def test_an_issuers_roots_are_those_of_its_file(trust: TrustRoots) -> None:
    assert tuple(trust.of_issuer(issuer("roots.pem"))) == ROOTS


def test_the_systems_roots_are_what_browsers_trust() -> None:
    names = {root.subject.rfc4514_string() for root in PemTrustRoots(Path("/nowhere")).of_issuer(issuer("system"))}

    assert any("ISRG Root X1" in name for name in names)


def in_pem(der: bytes) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(der).decode()}-----END CERTIFICATE-----\n"


ODD = {what: in_pem(der) for what, der in {**odd.UNREADABLE, **odd.HALF_READABLE}.items() if "signature" not in what}


@pytest.mark.parametrize("content", [None, "not PEM", *ODD.values()], ids=["none", "no PEM", *ODD])
def test_roots_that_cannot_be_read_are_named(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "roots.pem").write_text(content)

    with pytest.raises(PermanentError, match=r"issuer own from .*roots\.pem"):
        PemTrustRoots(tmp_path).of_issuer(issuer("roots.pem"))
