"""What cannot even be parsed is a clear error, never a trace."""

from collections.abc import Callable, Sequence

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from shared.adapters.storage.json_codec import CodecError, read_journal
from shared.domain.journal import Journal
from shared.errors import PermanentError
from shared.messages import read_message
from tests.fakes.inventory import HOST, NOW
from tests.fakes.leaves import LIFETIME, Signer, builder
from tests.workflows.world import World


def test_a_message_nested_too_deeply_is_dropped_with_a_clear_error() -> None:
    with pytest.raises(PermanentError, match="cannot be read"):
        read_message(b'{"certificate": "x", "correlation": "y", "more": ' + b"[" * 30_000)


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"schema": 1, "more": ' + b"[" * 100_000])
def test_a_journal_nested_too_deeply_is_no_journal(content: bytes) -> None:
    with pytest.raises(CodecError):
        read_journal(content, Journal)


def patched(certificate: x509.Certificate, old: str, new: str) -> x509.Certificate:
    der = certificate.public_bytes(Encoding.DER)
    assert bytes.fromhex(old) in der
    return x509.load_der_x509_certificate(der.replace(bytes.fromhex(old), bytes.fromhex(new)))


def of_unknown_key(certificate: x509.Certificate) -> x509.Certificate:
    """A key of an algorithm that `cryptography` does not know (another last arc of id-ecPublicKey)."""
    return patched(certificate, "06072a8648ce3d0201", "06072a8648ce3d0263")


def test_an_extra_certificate_with_an_unknown_kind_of_key_does_not_crash_the_worker(world: World) -> None:
    odd = of_unknown_key(Signer("Odd").certificate)
    world.authority.arrange = lambda chain: (odd, *chain)
    world.tick()
    assert len(world.versions) == 1 or world.journal.backoff is not None


@pytest.mark.parametrize(
    "mangle",
    [
        pytest.param(lambda leaf: patched(leaf, "0603551d63", "0603551d11"), id="two subjectAltNames"),
        pytest.param(lambda leaf: patched(leaf, "0603551d63", "0603551d25"), id="an unreadable extendedKeyUsage"),
    ],
)
def test_a_leaf_with_extensions_that_cannot_be_read_is_refused(
    world: World, mangle: Callable[[x509.Certificate], x509.Certificate]
) -> None:
    def arrange(chain: Sequence[x509.Certificate]) -> Sequence[x509.Certificate]:
        signer = world.authority.intermediate
        name = x509.Name([])
        leaf = (
            builder(name, signer.name, chain[0].public_key(), NOW, NOW + LIFETIME)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
            .add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.99"), b"\x04\x00"), critical=False)
            .sign(signer.key, hashes.SHA256())
        )
        return mangle(leaf), *chain[1:]

    world.authority.arrange = arrange
    world.tick()
    assert world.versions == []
    assert world.journal.backoff is not None
