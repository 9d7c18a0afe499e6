"""Whose a Secret is, whose claims on it may be dropped, and why it is left alone otherwise."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from shared.domain.serving.place_observation import FieldOwner, SecretSnapshot
from shared.domain.serving.secret_ownership import blocking_managers, foreign_managers, managers_to_drop, secret_refusal
from tests.fakes.inventory import HOST, NAME, place

FILE = f"{HOST}.pem"
US = FieldOwner(f"relaykeeper/certificate.{NAME}", True)
FLUX = FieldOwner("kustomize-controller", True)
HELM = FieldOwner("helm", False)
CREATED, EDITED = FieldOwner("kubectl-create", False), FieldOwner("kubectl-edit", False)


def secret(
    owners: Mapping[str, tuple[FieldOwner, ...]],
    *,
    ours: bool = True,
    controllers: tuple[str, ...] = (),
    immutable: bool = False,
    kind: str = "Opaque",
) -> SecretSnapshot:
    """Return a Secret with these owners of its keys; `ours`: it bears our annotation."""
    annotations = {f"relaykeeper/certificate.{NAME}": "1"} if ours else {}
    return SecretSnapshot("7", kind, immutable, annotations, dict.fromkeys(owners, ""), owners, controllers)


def refused(seen: SecretSnapshot, *adopted: str, adopt: str | None = None) -> str:
    """Return the reason why it is refused, empty if it is not."""
    there = place(adopt=adopt) if adopt else place()
    return secret_refusal(NAME, there, seen, adopted) or ""


def test_what_we_wrote_is_ours_the_part_of_another_certificate_too() -> None:
    seen = secret({FILE: (US,), "other": (FieldOwner("relaykeeper/certificate.other", True),)})
    assert foreign_managers(seen) == ()
    assert refused(seen) == ""


@pytest.mark.parametrize("owner", [FLUX, HELM, FieldOwner("external-secrets", False), EDITED])
def test_a_secret_that_we_never_wrote_belongs_to_its_creator(owner: FieldOwner) -> None:
    seen = secret({"x": (owner,)}, ours=False)

    assert foreign_managers(seen) == (owner,)
    said = refused(seen)
    assert f"cannot write Secret mailrelay/relay-tls at dev@ss-dev-00 for {NAME}" in said
    assert f"it belongs to {owner.name}" in said
    assert f"set adopt: {owner.name} for relay dev" in said


def test_an_owner_of_other_keys_is_an_owner_all_the_same() -> None:
    assert foreign_managers(secret({FILE: (US,), "x": (FLUX,)})) == (FLUX,)


def test_a_manual_edit_of_our_secret_is_repaired() -> None:
    edited = secret({FILE: (EDITED,), "x": (CREATED,)})

    assert refused(edited) == ""
    assert managers_to_drop(edited, [FILE], None) == ["kubectl-edit"]


def test_a_manual_edit_of_our_annotation_is_repaired() -> None:
    annotation = f"relaykeeper/certificate.{NAME}"
    edited = replace(secret({FILE: (US,)}), annotators={annotation: (FieldOwner("kubectl-annotate", False),)})

    assert refused(edited) == ""
    assert managers_to_drop(edited, [FILE, annotation], None) == ["kubectl-annotate"]


@pytest.mark.parametrize("owner", [FieldOwner("kubectl", True), FieldOwner("vault-sync", False)])
def test_a_controller_that_took_our_key_is_not_a_person(owner: FieldOwner) -> None:
    assert foreign_managers(secret({FILE: (owner,)})) == (owner,)


def test_the_remedy_says_how_flux_and_helm_release_a_secret_without_deleting_it() -> None:
    assert "kustomize.toolkit.fluxcd.io/prune: disabled" in refused(secret({"x": (FLUX,)}))
    assert "helm.sh/resource-policy: keep" in refused(secret({"x": (HELM,)}))


def test_adopting_drops_all_fields_of_the_former_manager_and_manual_edits() -> None:
    seen = secret({FILE: (US,), "ca.crt": (FLUX,), "x": (EDITED,)}, ours=False)

    assert refused(seen, adopt=FLUX.name) == ""
    assert managers_to_drop(seen, [FILE], FLUX.name) == ["kubectl-edit", "kustomize-controller"]


def test_a_secret_made_by_hand_can_be_adopted() -> None:
    seen = secret({FILE: (CREATED,), "x": (EDITED,)}, ours=False)

    assert "set adopt: kubectl-create for relay dev" in refused(seen)
    assert refused(seen, adopt="kubectl-create") == ""
    assert managers_to_drop(seen, [FILE], "kubectl-create") == ["kubectl-create", "kubectl-edit"]


def test_who_may_be_adopted_and_claims_nothing_changes_nothing() -> None:
    seen = secret({FILE: (US,), "x": (EDITED,)})
    assert managers_to_drop(seen, [FILE], FLUX.name) == []


def test_of_two_managers_both_are_named_and_adopting_one_is_no_way_out() -> None:
    seen = secret({FILE: (FLUX,), "x": (HELM,)})

    assert blocking_managers(seen, FLUX.name) == ["helm"]
    said = refused(seen)
    assert "it belongs to helm and kustomize-controller" in said
    assert "adopt" not in said
    assert "it belongs to helm." in refused(seen, adopt=FLUX.name)


def test_a_manager_that_takes_it_back_is_refused_with_the_way_out() -> None:
    seen = secret({FILE: (FLUX,)})

    for adopt in (FLUX.name, None):
        said = refused(seen, FLUX.name, adopt=adopt)
        assert "belongs to kustomize-controller, which took it back after it was adopted" in said
        assert "Remove it from Git, with kustomize.toolkit.fluxcd.io/prune: disabled first" in said
        assert "delete the Secret" in said


def test_an_ownerreference_cannot_be_adopted() -> None:
    said = refused(secret({FILE: (US,)}, controllers=("ExternalSecret/relay",)), adopt="ExternalSecret/relay")
    assert "belongs to ExternalSecret/relay by an ownerReference, which cannot be adopted" in said


@pytest.mark.parametrize("adopt", [None, FLUX.name])
def test_an_immutable_secret_is_refused_with_the_way_out(adopt: str | None) -> None:
    assert "it is immutable. Delete it" in refused(secret({FILE: (US,)}, immutable=True), adopt=adopt)
    assert "it is immutable. Delete it" in refused(secret({FILE: (FLUX,)}, immutable=True), adopt=FLUX.name)


def test_an_immutable_secret_of_somebody_else_cannot_be_adopted() -> None:
    said = refused(secret({FILE: (FLUX,)}, immutable=True))
    assert "it belongs to kustomize-controller" in said
    assert "adopt" not in said


@pytest.mark.parametrize(
    "kind",
    ["kubernetes.io/service-account-token", "kubernetes.io/dockerconfigjson", "helm.sh/release.v1", "opaque", ""],
)
@pytest.mark.parametrize("owners", [(US,), (HELM,), ()], ids=["ours", "of Helm", "of nobody"])
def test_a_secret_of_a_type_that_means_something_to_others_is_refused_by_its_type(
    kind: str, owners: tuple[FieldOwner, ...]
) -> None:
    said = refused(secret({FILE: owners}, kind=kind), adopt="helm")

    assert f"its type is {kind}, and only Opaque and kubernetes.io/tls are written. Delete it" in said
    assert "or name another Secret for relay dev" in said


@pytest.mark.parametrize("kind", ["Opaque", "kubernetes.io/tls"])
def test_the_two_types_that_are_written_are_not_refused(kind: str) -> None:
    assert refused(secret({FILE: (US,)}, kind=kind)) == ""
