"""CSRs of operations in progress, as a vault or a person may have begun them."""

from types import SimpleNamespace
from typing import Any

import pytest

from shared.adapters.keyvault.certificates import pending_operation
from shared.errors import Unreadable
from tests.fakes import odd
from tests.fakes.odd import BITS, COMMON_NAME, ECDSA, INTEGER, NAMED, SEQUENCE, SET, SPKI, oid, san, tlv

EXTENSIONS = "1.2.840.113549.1.9.14"
UNKNOWN_KEY = odd.key_of("1.2.840.10045.2.99")


def request(*extensions: bytes, spki: bytes = SPKI, version: bytes = b"\0") -> bytes:
    """Return the DER of a CSR (RFC 2986, section 4) whose signature nobody checks."""
    asked = tlv(0xA0, tlv(SEQUENCE, oid(EXTENSIONS), tlv(SET, tlv(SEQUENCE, *extensions))))
    info = tlv(SEQUENCE, tlv(INTEGER, version), COMMON_NAME, spki, asked)
    return tlv(SEQUENCE, info, ECDSA, tlv(BITS, b"\0\x30\0"))


def operation(csr: bytes) -> Any:
    return SimpleNamespace(
        id="https://dev.vault.example.net/certificates/mail/pending",
        status="inProgress",
        csr=csr,
        issuer_name="Unknown",
    )


def test_a_csr_that_can_be_read_is_an_operation() -> None:
    found = pending_operation(operation(request(NAMED)))
    assert found is not None
    assert found.names == {"dev.mail.example.net"}


@pytest.mark.parametrize(
    "csr",
    [
        b"",
        b"no DER",
        request(san(tlv(odd.EDI, b""))),
        request(san(tlv(odd.X400, b""))),
        request(NAMED, NAMED),
        request(san(tlv(odd.DNS, b"\xe9.example.net"))),
        request(NAMED, spki=UNKNOWN_KEY),
        request(NAMED, version=b"\x05"),
    ],
    ids=["nothing", "no DER", "ediPartyName", "x400Address", "a SAN twice", "not ASCII", "an unknown key", "version 6"],
)
def test_a_csr_that_cannot_be_read_is_named_with_what_to_do(csr: bytes) -> None:
    with pytest.raises(Unreadable, match=r"certificates/mail/pending has no CSR .* Delete that operation\."):
        pending_operation(operation(csr))
