"""Chains as authorities hand them out: untidy ones are sorted, wrong ones refused at no cost of an order."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import permutations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from tests.fakes.acme import Chain
from tests.fakes.inventory import HOST, INTERNAL, NAME, NOW
from tests.fakes.leaves import Signer
from tests.workflows.world import World

DAY = timedelta(days=1)
JUNK = 1_000_000
"""Bytes."""

STRANGER = Signer("Stranger")


def anybody() -> CertificatePublicKeyTypes:
    """Return the public key of nobody in particular."""
    return ec.generate_private_key(ec.SECP256R1()).public_key()


def subjects(chain: Sequence[x509.Certificate]) -> list[str]:
    return [certificate.subject.rfc4514_string() for certificate in chain]


def test_a_chain_in_the_wrong_order_is_merged_in_order(world: World) -> None:
    world.authority.arrange = lambda chain: tuple(reversed(chain))
    world.tick()
    (version,) = world.versions
    assert subjects(version.chain) == [f"CN={HOST}", "CN=Fake intermediate"]


def test_certificates_that_do_not_belong_to_the_chain_are_left_out(world: World) -> None:
    another = STRANGER.issue(anybody(), "other.example.net")
    world.authority.arrange = lambda chain: (STRANGER.certificate, *chain, another, world.authority.root.certificate)
    world.tick()
    (version,) = world.versions
    assert subjects(version.chain) == [f"CN={HOST}", "CN=Fake intermediate"]


def test_a_certificate_given_twice_is_merged_once(world: World) -> None:
    world.authority.arrange = lambda chain: (*chain, *chain)
    world.tick()
    (version,) = world.versions
    assert subjects(version.chain) == [f"CN={HOST}", "CN=Fake intermediate"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_an_expired_twin_of_the_intermediate_is_left_out_in_every_order(world: World, order: tuple[int, ...]) -> None:
    lower = world.authority.intermediate
    twin = lower.certified(world.authority.root, NOW - 400 * DAY, 399 * DAY)
    world.authority.arrange = lambda chain: tuple((*chain, twin)[place] for place in order)

    world.tick()

    (version,) = world.versions
    assert list(version.chain[1:]) == [lower.certificate]


type Forge = Callable[[CertificatePublicKeyTypes, Signer], x509.Certificate]
"""Makes a bad leaf from the key that was asked for and the authority's intermediate."""

BAD_LEAVES: dict[str, tuple[Forge, str]] = {
    "for another key": (
        lambda _, signer: signer.issue(anybody(), HOST),
        "no certificate in the chain has the key that was asked for",
    ),
    "without the name": (
        lambda key, signer: signer.issue(key, "other.example.net"),
        f"the leaf lacks {HOST}; the leaf has names that nobody asked for: other.example.net",
    ),
    "with a name too many": (
        lambda key, signer: signer.issue(key, HOST, "other.example.net"),
        "the leaf has names that nobody asked for: other.example.net",
    ),
    "expired": (
        lambda key, signer: signer.issue(key, HOST, begins=NOW - 91 * DAY),
        f"CN={HOST} expired 2026-11-21 12:00 UTC",
    ),
    "not yet valid": (
        lambda key, signer: signer.issue(key, HOST, begins=NOW + DAY),
        f"CN={HOST} is not valid before 2026-11-23 12:00 UTC",
    ),
    "for clients only": (
        lambda key, signer: signer.issue(key, HOST, client_only=True),
        "the leaf may not be used by a TLS server",
    ),
    "of a stranger": (
        lambda key, _: STRANGER.issue(key, HOST),
        f"no trusted root signed CN={HOST} (issuer CN=Stranger)",
    ),
}


def hand_out(world: World, forge: Forge) -> Callable[[Chain], Chain]:
    """Return an arrangement that has a bad leaf in place of the good one."""
    return lambda chain: (forge(chain[0].public_key(), world.authority.intermediate), *chain[1:])


@pytest.mark.parametrize(("forge", "fault"), BAD_LEAVES.values(), ids=BAD_LEAVES)
def test_a_leaf_that_was_not_asked_for_is_refused_until_the_authority_is_well(
    world: World, forge: Forge, fault: str
) -> None:
    world.authority.arrange = hand_out(world, forge)

    world.tick()

    assert_refused(world, fault)
    world.authority.arrange = tuple
    assert_merged_with_the_first_order(world)


def junk_pem(size: int) -> bytes:
    """Return something that has PEM's fences and no certificate between them."""
    return b"-----BEGIN CERTIFICATE-----\n" + b"QUJD" * (size // 4) + b"\n-----END CERTIFICATE-----\n"


JUNK_ANSWERS = {
    "1 MB of zeros": (bytes(JUNK), "the chain has 1,000,000 bytes, at most 100,000 are accepted"),
    "1 MB between fences": (junk_pem(JUNK), "at most 100,000 are accepted"),
    "little between fences": (junk_pem(64), "the chain is not PEM certificates"),
    "a page of a proxy": (b"<html>503</html>", "the chain is not PEM certificates"),
    "bytes": (b"\xff\xfe\x00", "the chain is not PEM certificates"),
    "nothing": (b"", "the chain is not PEM certificates"),
}


@pytest.mark.parametrize(("junk", "fault"), JUNK_ANSWERS.values(), ids=JUNK_ANSWERS)
def test_junk_for_a_chain_is_refused_until_the_authority_is_well(
    world: World, monkeypatch: pytest.MonkeyPatch, junk: bytes, fault: str
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(world.authority, "chain", lambda *_: junk)
        world.tick()

    assert_refused(world, fault)
    assert_merged_with_the_first_order(world)


def test_a_hundred_certificates_are_refused(world: World) -> None:
    world.authority.arrange = lambda chain: (*chain, *[STRANGER.certificate] * 98)
    world.tick()
    assert_refused(world, "the chain has 100 certificates, at most 10 are accepted")


def test_a_refused_chain_leaves_what_is_stored_in_service(served: World) -> None:
    before = served.served("ss-dev-00")
    served.authority.arrange = hand_out(served, BAD_LEAVES["for another key"][0])
    served.change_inventory(dns_names=[HOST, "smtp.mail.example.net"])

    served.tick()

    assert len(served.versions) == 1
    assert served.served("ss-dev-00") == served.served("ss-dev-01") == before


def assert_refused(world: World, fault: str) -> None:
    """Nothing is merged, the error says what, whose, why and what to do; the other certificate is not held up."""
    backoff = world.journal.backoff
    assert backoff is not None
    assert backoff.error.startswith(f"not merging what letsencrypt issued for {NAME}: ")
    assert fault in backoff.error
    assert "delete the pending operation in vault dev" in backoff.error
    assert len(backoff.error) < 1_000
    assert world.versions == []
    assert len(world.vault.versions["dev", INTERNAL]) == 1


def assert_merged_with_the_first_order(world: World) -> None:
    """The next tick takes the order up where it stands, and leaves nothing behind."""
    world.tick()
    assert len(world.versions) == 1
    assert (world.authority.new_orders, world.authority.finalizations) == (1, 1)
    assert (world.journal.backoff, world.journal.issuance) == (None, None)
    assert not any(world.dns.record_sets.values())
