"""Key Vault's own answers, and what the port makes of them."""

import base64
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from shared.adapters.keyvault.key_vaults import KeyVaults
from shared.domain.certificates.chain import pem
from shared.domain.clients.password import generate_password
from shared.domain.object_ref import Version
from shared.errors import Conflict, PermanentError, RelaykeeperError, TransientError
from shared.inventory import SecretReference, Vault
from shared.inventory.relays import Certificate
from tests.fakes.inventory import HOST, certificate
from tests.fakes.leaves import new_key, self_signed
from tests.wire.azure.services import Identity, Reply, Service, refusal

MAIL = certificate()
NAME = MAIL.name
CERTIFICATE, PENDING = f"/certificates/{NAME}", f"/certificates/{NAME}/pending"
KEY = new_key("ec-256")
LEAF = self_signed(KEY, MAIL, datetime.now(UTC) - timedelta(hours=1))
DER = LEAF.public_bytes(Encoding.DER)
ACCOUNT = SecretReference("dev", "account-key")
V1, V2 = Version("1" * 32), Version("2" * 32)
NOT_IN_PROGRESS = "Pending status must be in progress to allow update."
IN_PARALLEL = (
    "There was a conflict while updating the pending certificate. This can happen when multiple operations are "
    "performed in parallel against the pending certificate."
)


@pytest.fixture
def vault(service: Service) -> KeyVaults:
    return KeyVaults({"dev": Vault(name="dev", url=service.url)}, Identity())


def bundle(service: Service, version: str, *, enabled: bool = True, created: int = 1, cer: bool = True) -> Reply:
    """A version, as GET certificate answers it."""
    content = {"cer": base64.b64encode(DER).decode()} if cer else {}
    attributes = {"enabled": enabled, "nbf": 1, "exp": 2_000_000_000, "created": created, "updated": created}
    return Reply(200, {"id": f"{service.url}{CERTIFICATE}/{version}", "attributes": attributes, **content})


def listed(service: Service, *versions: tuple[str, bool, int]) -> Reply:
    """The list of versions: name, enabled, created."""
    items = [
        {"id": f"{service.url}{CERTIFICATE}/{name}", "attributes": {"enabled": enabled, "created": created}}
        for name, enabled, created in versions
    ]
    return Reply(200, {"value": items})


def outcome(call: Callable[[], object]) -> RelaykeeperError:
    with pytest.raises(RelaykeeperError) as raised:
        call()
    return raised.value


def merge(vault: KeyVaults) -> object:
    return vault.merge(MAIL, pem([LEAF]), {})


type Call = Callable[[KeyVaults, Certificate], object]

CREATE: Call = lambda vault, wanted: vault.create(wanted, {})  # noqa: E731
DISCARD: Call = lambda vault, wanted: vault.discard(wanted)  # noqa: E731
MERGE: Call = lambda vault, wanted: vault.merge(wanted, pem([LEAF]), {})  # noqa: E731


@pytest.mark.parametrize(
    ("call", "request_"),
    [
        (CREATE, f"POST {CERTIFICATE}/create"),
        (DISCARD, f"DELETE {PENDING}"),
        (MERGE, f"POST {PENDING}/merge"),
    ],
)
@pytest.mark.parametrize("inner", [None, "ObjectIsBeingDeleted"])
def test_a_conflict_passes_by_itself(
    service: Service, vault: KeyVaults, call: Call, request_: str, inner: str | None
) -> None:
    service.answer(request_, refusal(409, "Conflict", IN_PARALLEL, inner))

    error = outcome(lambda: call(vault, MAIL))

    assert isinstance(error, TransientError)
    assert "the vault is busy with it: There was a conflict" in str(error)
    assert "role" not in str(error)


@pytest.mark.parametrize(
    ("call", "request_"), [(CREATE, f"POST {CERTIFICATE}/create"), (MERGE, f"POST {PENDING}/merge")]
)
def test_a_deleted_namesake_is_recovered_or_purged(
    service: Service, vault: KeyVaults, call: Call, request_: str
) -> None:
    service.answer(request_, refusal(409, "Conflict", "It is deleted.", "ObjectIsDeletedButRecoverable"))

    error = outcome(lambda: call(vault, MAIL))

    assert isinstance(error, PermanentError)
    assert f"az keyvault certificate recover --id {service.url}/deletedcertificates/{NAME}" in str(error)


@pytest.mark.parametrize(
    "reply", [refusal(403, "Forbidden", NOT_IN_PROGRESS), refusal(404, "PendingCertificateNotFound", "None.")]
)
def test_an_operation_that_ended_before_its_merge_is_looked_at_again(
    service: Service, vault: KeyVaults, reply: Reply
) -> None:
    service.answer(f"POST {PENDING}/merge", reply)

    error = outcome(lambda: merge(vault))

    assert type(error) is Conflict
    assert "its operation has ended" in str(error)
    assert "role" not in str(error)


def test_an_operation_that_completed_before_it_was_discarded_is_none(service: Service, vault: KeyVaults) -> None:
    service.answer(f"DELETE {PENDING}", refusal(403, "Forbidden", NOT_IN_PROGRESS))

    vault.discard(MAIL)

    assert service.calls() == [f"DELETE {PENDING}"]


@pytest.mark.parametrize("inner", ["ForbiddenByRbac", None])
def test_a_merge_without_the_right_still_names_the_role(service: Service, vault: KeyVaults, inner: str | None) -> None:
    service.answer(f"POST {PENDING}/merge", refusal(403, "Forbidden", "Caller is not authorized.", inner))

    error = outcome(lambda: merge(vault))

    assert isinstance(error, PermanentError)
    assert str(error).endswith("has the role Key Vault Certificates Officer.")


def test_a_merge_for_another_key_is_refused_for_good(service: Service, vault: KeyVaults) -> None:
    service.answer(f"POST {PENDING}/merge", refusal(400, "BadParameter", "The public key does not match."))

    assert isinstance(outcome(lambda: merge(vault)), PermanentError)


@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("/secrets/account-key/", lambda vault: vault.secret(ACCOUNT)),
        (f"/secrets/{NAME}/{V1}", lambda vault: vault.bundle(MAIL, V1)),
    ],
)
@pytest.mark.parametrize(
    ("inner", "words"),
    [
        ("SecretDisabled", "is disabled: enable it or store a new version."),
        ("ForbiddenByFirewall", "The vault's firewall does not let the Function App in"),
        ("ForbiddenByConnection", "a private endpoint"),
        ("ForbiddenByPolicy", "access policies"),
        ("AccessDenied", "access policies"),
        ("ForbiddenByRbac", "has the role Key Vault Secrets User"),
        ("SomethingNew", "has the role Key Vault Secrets User"),
    ],
)
def test_a_refusal_comes_with_the_remedy_of_its_inner_code(
    service: Service, vault: KeyVaults, path: str, read: Callable[[KeyVaults], object], inner: str, words: str
) -> None:
    service.answer(f"GET {path.removesuffix('/')}", refusal(403, "Forbidden", "Operation get is not allowed.", inner))
    service.replies[f"GET {path}"] = service.replies[f"GET {path.removesuffix('/')}"]

    error = outcome(lambda: read(vault))

    assert isinstance(error, PermanentError)
    assert "answered 403: Operation get is not allowed. " in str(error)
    assert words in str(error)
    assert ("role" in str(error)) == (words.startswith("has the role") or words == "access policies")


@pytest.mark.parametrize(("status", "kind"), [(403, PermanentError), (502, TransientError)])
def test_a_page_of_a_proxy_is_called_that(
    service: Service, vault: KeyVaults, status: int, kind: type[RelaykeeperError]
) -> None:
    page = Reply(status, b"<html><title>Blocked</title></html>", {"Content-Type": "text/html; charset=utf-8"})
    service.answer(f"GET {CERTIFICATE}/", page)
    service.answer(f"GET {CERTIFICATE}", page)

    error = outcome(lambda: vault.latest(MAIL))

    assert type(error) is kind
    assert f"answered {status} with a web page, as a proxy" in str(error)
    assert "role" not in str(error)


def newest(service: Service, reply: Reply) -> None:
    """What GET certificate answers, by whichever of its two paths it is asked."""
    service.answer(f"GET {CERTIFICATE}", reply)
    service.answer(f"GET {CERTIFICATE}/", reply)


@pytest.mark.parametrize("kind", ["disabled", "404", "in progress"])
def test_a_newest_version_that_cannot_be_used_gives_way_to_the_one_before(
    service: Service, vault: KeyVaults, kind: str
) -> None:
    replies = {
        "disabled": bundle(service, V2, enabled=False),
        "404": refusal(404, "CertificateNotFound", "None."),
        "in progress": bundle(service, V2, enabled=False, cer=False),
    }
    newest(service, replies[kind])
    service.answer(f"GET {CERTIFICATE}/versions", listed(service, (V2, False, 3), (V1, True, 2), ("0" * 32, True, 1)))
    service.answer(f"GET {CERTIFICATE}/{V1}", bundle(service, V1))

    stored = vault.latest(MAIL)

    assert stored is not None
    assert stored.version == V1
    assert stored.leaf.names == {HOST}


@pytest.mark.parametrize("versions", [[], [(V2, False, 3), (V1, False, 2)]])
@pytest.mark.parametrize("status", [200, 404])
def test_without_any_enabled_version_there_is_none(
    service: Service, vault: KeyVaults, status: int, versions: list[tuple[str, bool, int]]
) -> None:
    newest(service, bundle(service, V2, enabled=False) if status == 200 else refusal(404, "CertificateNotFound", "-"))
    service.answer(f"GET {CERTIFICATE}/versions", listed(service, *versions))

    assert vault.latest(MAIL) is None


def test_a_name_that_was_never_used_has_none(service: Service, vault: KeyVaults) -> None:
    assert vault.latest(MAIL) is None
    assert f"GET {CERTIFICATE}/versions" in service.calls()


def test_an_empty_page_behind_a_full_one_is_the_end_of_the_list(service: Service, vault: KeyVaults) -> None:
    item: dict[str, Any] = {
        "id": f"{service.url}{CERTIFICATE}",
        "attributes": {"enabled": True, "nbf": 1, "exp": 2_000_000_000},
        "subject": "",
    }
    service.answer(
        "GET /certificates",
        Reply(200, {"value": [item], "nextLink": f"{service.url}/certificates?api-version=7.6&$skiptoken=x"}),
        Reply(200, {"value": [], "nextLink": None}),
    )
    behind_it = {"id": f"{service.url}/secrets/{NAME}", "attributes": {"enabled": True, "created": 1}, "managed": True}
    plain = {"id": f"{service.url}/secrets/plain", "attributes": {"enabled": True, "created": 1}}
    service.answer("GET /secrets", Reply(200, {"value": [behind_it, plain], "nextLink": None}))

    assert [(entry.kind, entry.name) for entry in vault.entries("dev")] == [("certificate", NAME), ("secret", "plain")]


def test_each_call_asks_for_the_pinned_version(service: Service, vault: KeyVaults) -> None:
    calls: list[Callable[[], object]] = [
        lambda: vault.latest(MAIL),
        lambda: vault.version(MAIL, V1),
        lambda: vault.pending(MAIL),
        lambda: vault.create(MAIL, {}),
        lambda: merge(vault),
        lambda: vault.discard(MAIL),
        lambda: vault.secret(ACCOUNT),
        lambda: vault.bundle(MAIL, V1),
        lambda: vault.put_secret(ACCOUNT, "value"),
        lambda: vault.password(ACCOUNT),
        lambda: vault.make_password(ACCOUNT, "payroll", generate_password(), None),
        lambda: vault.entries("dev"),
    ]
    for call in calls:
        with suppress(RelaykeeperError):  # nothing is there
            call()

    assert len(service.asked) >= len(calls)
    assert {asked.version for asked in service.asked} == {"7.6"}
