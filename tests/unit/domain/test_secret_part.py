"""One certificate's part of a Secret, and whose the Secret is."""

import pytest

from shared.domain.certificates import Bundle, Version
from shared.domain.ownership import foreign_owner, hands_on, secret_refusal
from shared.domain.places import FieldOwner, SecretSeen
from shared.domain.secret_part import annotation, annotation_of, difference, digest, label, lay_out, secret_type
from tests.fakes.estate import HOST, NAME
from tests.fakes.leaves import leaf, stored

FILE = f"{HOST}.pem"
FILES = {FILE: "bundle"}
US = FieldOwner(f"relaykeeper/{NAME}", True)
CANARY = b"the key itself"


def secret(
    *owners: FieldOwner,
    content: bytes = b"pem",
    version: str = "v1",
    controllers: tuple[str, ...] = (),
    immutable: bool = False,
) -> SecretSeen:
    digests = {FILE: digest(b"pem")}
    held = annotation(Version(version), leaf().thumbprint, digests)
    return SecretSeen(
        "7",
        "Opaque",
        immutable,
        {annotation_of(NAME): held},
        {FILE: digest(content)},
        {FILE: owners or (US,)},
        controllers,
    )


def test_a_secret_that_holds_the_stored_version_unedited_differs_in_nothing() -> None:
    assert difference(NAME, stored(), FILES, secret()) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (None, "the Secret does not exist"),
        (secret(content=b"edited"), "the Secret was edited"),
        (secret(version="v0"), "the Secret holds another version than v1"),
        (SecretSeen("7", "Opaque", False, {}, {}, {}, ()), "the Secret does not hold this certificate"),
    ],
)
def test_what_a_secret_lacks_is_said(seen: SecretSeen | None, words: str) -> None:
    assert difference(NAME, stored(), FILES, seen) == words  # type: ignore[arg-type]


def test_a_file_more_in_the_relay_s_templates_is_a_difference() -> None:
    assert difference(NAME, stored(), {**FILES, "default.pem": "bundle"}, secret()) == "the Secret was edited"  # type: ignore[dict-item]


def test_a_bundle_is_key_leaf_intermediates() -> None:
    bundle = Bundle(leaf(), b"KEY", b"CHAIN")
    assert lay_out(bundle, {"a": "bundle", "b": "chain", "c": "key"}) == {"a": b"KEYCHAIN", "b": b"CHAIN", "c": b"KEY"}


def test_the_key_is_in_no_repr() -> None:
    assert CANARY.decode() not in repr(Bundle(leaf(), CANARY, b"CHAIN"))


def test_a_pair_of_files_makes_a_tls_secret_and_anything_else_an_opaque_one() -> None:
    assert secret_type(None, {"tls.crt": "chain", "tls.key": "key"}) == "kubernetes.io/tls"
    assert secret_type(None, FILES) == "Opaque"  # type: ignore[arg-type]
    assert secret_type(secret(), {"tls.crt": "chain", "tls.key": "key"}) == "Opaque"


def test_long_names_make_labels_that_fit_and_differ() -> None:
    one, other = label("a" * 120), label("a" * 119)
    assert one != other
    assert len(one) == len(other) == 63


@pytest.mark.parametrize("name", ["kustomize-controller", "helm", "external-secrets", "kubectl-edit"])
def test_a_secret_that_we_never_wrote_belongs_to_whoever_made_it(name: str) -> None:
    theirs = SecretSeen("7", "Opaque", False, {}, {"x": "1"}, {"x": (FieldOwner(name, False),)}, ())

    assert foreign_owner(theirs) == name
    refused = secret_refusal("dev@ss-dev-00", "mailrelay/relay-tls", theirs, NAME)
    assert refused is not None
    assert name in refused
    assert "relay dev" in refused


def test_an_owner_of_other_keys_is_an_owner_all_the_same() -> None:
    shared_with_flux = SecretSeen(
        "7",
        "Opaque",
        False,
        secret().annotations,
        {},
        {FILE: (US,), "x": (FieldOwner("kustomize-controller", True),)},
        (),
    )
    assert foreign_owner(shared_with_flux) == "kustomize-controller"


def test_an_ownerreference_is_an_owner() -> None:
    assert foreign_owner(secret(controllers=("HelmRelease/relay",))) == "HelmRelease/relay"


def test_what_a_person_edited_in_our_secret_is_ours_to_mend() -> None:
    edited = secret(FieldOwner("kubectl-edit", False))

    assert foreign_owner(edited) is None
    assert hands_on(edited, FILES) == ("kubectl-edit",)


def test_a_controller_that_took_our_key_is_not_a_person() -> None:
    assert foreign_owner(secret(FieldOwner("kubectl", True))) == "kubectl"
    assert foreign_owner(secret(FieldOwner("vault-sync", False))) == "vault-sync"


def test_another_certificate_s_part_is_ours_too() -> None:
    assert foreign_owner(secret(FieldOwner("relaykeeper/other", True))) is None


def test_an_immutable_secret_of_ours_is_refused_with_the_way_out() -> None:
    refused = secret_refusal("dev@ss-dev-00", "mailrelay/relay-tls", secret(immutable=True), NAME)
    assert refused is not None
    assert "immutable" in refused
