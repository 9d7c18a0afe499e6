"""One certificate's part of a Secret."""

import pytest

from shared.domain.certificates.certificate import Bundle
from shared.domain.object_ref import ObjectRef, Version, certificate_ref
from shared.domain.serving.place_observation import SecretSnapshot
from shared.domain.serving.tls_secret import (
    SecretDiff,
    SecretReason,
    digest,
    owner_label,
    previous_version,
    read_annotation,
    render_annotation,
    render_files,
    secret_diff,
    secret_type,
)
from tests.fakes.inventory import HOST, NAME
from tests.fakes.leaves import leaf, stored

V0, V1, V2 = Version("v0"), Version("v1"), Version("v2")
FILE = f"{HOST}.pem"
FILES = {FILE: "bundle"}
CANARY = b"the key itself"


def secret(*, content: bytes = b"pem", version: Version = V1, previous: Version | None = None) -> SecretSnapshot:
    """Return a Secret that was written for `version`, and holds `content` now."""
    said = render_annotation(version, leaf().thumbprint, {FILE: digest(b"pem")}, previous)
    return saying(said, content)


def saying(said: str, content: bytes = b"pem") -> SecretSnapshot:
    return SecretSnapshot(
        "7", "Opaque", False, {owner_label(certificate_ref(NAME)): said}, {FILE: digest(content)}, {}, ()
    )


def test_a_secret_that_holds_the_stored_version_unedited_differs_in_nothing() -> None:
    assert secret_diff(NAME, stored(), FILES, secret()) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("snapshot", "reason", "message"),
    [
        (None, "SecretMissing", "the Secret does not exist"),
        (secret(content=b"edited"), "SecretEdited", "the Secret was edited"),
        (secret(version=V0), "SecretOutdated", "the Secret holds another version than v1"),
        (secret(version=V2, previous=V1), "SecretOutdated", "the Secret holds another version than v1"),
        (saying("v1"), "SecretEdited", "the Secret was edited"),
        (saying('{"version": "v1"}'), "SecretEdited", "the Secret was edited"),
        (saying('{"version": 1, "thumbprint": "x", "sha256": "y"}'), "SecretEdited", "the Secret was edited"),
        (saying("[" * 100_000), "SecretEdited", "the Secret was edited"),
        (
            SecretSnapshot("7", "Opaque", False, {}, {}, {}, ()),
            "SecretWithoutCertificate",
            "the Secret does not hold this certificate",
        ),
    ],
)
def test_what_a_secret_lacks_is_said(snapshot: SecretSnapshot | None, reason: SecretReason, message: str) -> None:
    assert secret_diff(NAME, stored(), FILES, snapshot) == SecretDiff(reason, message)  # type: ignore[arg-type]


def test_a_file_more_in_the_relay_s_templates_is_a_difference() -> None:
    found = secret_diff(NAME, stored(), {**FILES, "default.pem": "bundle"}, secret())  # type: ignore[dict-item]
    assert found is not None
    assert found.reason == "SecretEdited"


def test_the_files_of_the_version_before_are_no_difference_whatever_they_hold() -> None:
    seen = secret(previous=V0)
    assert secret_diff(NAME, stored(), FILES, seen) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seen", "wanted", "previous"),
    [
        (None, V1, None),
        (saying("garbage"), V1, None),
        (secret(version=V0), V1, V0),
        (secret(version=V1, previous=V0), V1, V0),
        (secret(version=V2, previous=V1), V1, V2),
        (secret(version=V1), V1, None),
    ],
    ids=["first", "unreadable", "newer", "repaired", "rolled back", "the same"],
)
def test_the_version_before_is_the_other_one_that_the_secret_holds(
    seen: SecretSnapshot | None, wanted: Version, previous: Version | None
) -> None:
    assert previous_version(NAME, wanted, seen) == previous


def test_what_an_annotation_says_can_be_read_back() -> None:
    said = read_annotation(NAME, secret(previous=V0))
    assert said is not None
    assert (said.version, said.thumbprint, said.previous) == (V1, leaf().thumbprint, V0)


def test_without_a_version_before_the_annotation_says_nothing_of_one() -> None:
    assert "previous" not in render_annotation(V1, leaf().thumbprint, {})


def test_a_bundle_is_key_leaf_intermediates() -> None:
    bundle = Bundle(leaf(), b"KEY", b"CHAIN")
    assert render_files(bundle, {"a": "bundle", "b": "chain", "c": "key", "d": "version"}, V1) == {
        "a": b"KEYCHAIN",
        "b": b"CHAIN",
        "c": b"KEY",
        "d": b"v1",
    }


def test_the_key_is_in_no_repr() -> None:
    assert CANARY.decode() not in repr(Bundle(leaf(), CANARY, b"CHAIN"))


def test_a_pair_of_files_makes_a_tls_secret_and_anything_else_an_opaque_one() -> None:
    assert secret_type(None, {"tls.crt": "chain", "tls.key": "key"}) == "kubernetes.io/tls"
    assert secret_type(None, FILES) == "Opaque"  # type: ignore[arg-type]
    assert secret_type(secret(), {"tls.crt": "chain", "tls.key": "key"}) == "Opaque"


def test_long_names_make_labels_that_fit_and_differ() -> None:
    one, other = owner_label(certificate_ref("a" * 120)), owner_label(certificate_ref("a" * 119))
    assert one != other
    assert len(one) == len(other) == len("relaykeeper/") + 63


def test_a_certificate_and_another_object_of_its_name_own_parts_of_their_own() -> None:
    assert owner_label(certificate_ref("dev")) == "relaykeeper/certificate.dev"
    assert owner_label(ObjectRef("relay", "dev")) == "relaykeeper/relay.dev"
