"""Clients' passwords: Key Vault's own answers, those of what stands in its place, and what the port makes of them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, override

import pytest

from infra.local.pki import KeyPair
from shared.adapters.keyvault.key_vaults import KeyVaults
from shared.domain.clients.password import Password
from shared.domain.object_ref import Version
from shared.errors import PermanentError, RateLimited, RelaykeeperError, TransientError, Unreadable
from shared.inventory import SecretReference, Vault
from tests.http_server import Handler, serving, showing
from tests.wire.azure.services import Identity, Reply, Service, refusal

CANARY = "canaryThatMustNotSing4711"
REF = SecretReference("dev", "payroll")
NEWEST, VERSION = "/secrets/payroll/", Version("1" * 32)
STORED, DELETED = "/secrets/payroll", "/deletedsecrets/payroll"
EXPIRES = datetime(2027, 3, 1, tzinfo=UTC)
TAGS = {"managed-by": "relaykeeper", "relaykeeper-client": "payroll-dev"}

type Call = Callable[[Any], object]

READ: Call = lambda port: port.password(REF)  # noqa: E731
STORE: Call = lambda port: port.make_password(REF, "payroll-dev", Password(CANARY), EXPIRES)  # noqa: E731


@pytest.fixture
def vault(service: Service) -> KeyVaults:
    return vault_at(service.url)


def vault_at(url: str) -> KeyVaults:
    return KeyVaults({"dev": Vault(name="dev", url=url)}, Identity())


def bundle(service: Service, value: object = CANARY, attributes: object = None, **more: object) -> Reply:
    """A version with its value, as GET and PUT of a secret answer it."""
    dates = {"enabled": True, "created": 1_790_000_000, "updated": 1_790_000_000}
    content = {"id": f"{service.url}/secrets/payroll/{VERSION}", "value": value, "attributes": attributes or dates}
    return Reply(200, {**content, **more})


def outcome(call: Call, port: object) -> RelaykeeperError:
    with pytest.raises(RelaykeeperError) as raised:
        call(port)
    return raised.value


def test_one_request_reads_the_newest_version_or_the_one_named(service: Service, vault: KeyVaults) -> None:
    service.answer_all(bundle(service, tags=TAGS))

    newest, named = vault.password(REF), vault.password(REF, VERSION)

    assert service.calls() == [f"GET {NEWEST}", f"GET {NEWEST}{VERSION}"]
    for stored in (newest, named):
        assert stored is not None
        assert (stored.version, stored.made_for) == (VERSION, "payroll-dev")
        assert (stored.begins, stored.expires) == (datetime.fromtimestamp(1_790_000_000, UTC), None)
        assert stored.password.reveal_for_auth() == CANARY
        assert not stored.for_probe


def test_one_request_stores_a_password(service: Service, vault: KeyVaults) -> None:
    service.answer_all(bundle(service))

    assert vault.make_password(REF, "payroll-dev", Password(CANARY), EXPIRES) == VERSION
    assert service.calls() == [f"PUT {STORED}"]


def test_a_missing_version_is_none(service: Service, vault: KeyVaults) -> None:
    service.answer_all(
        refusal(404, "SecretNotFound", "A secret with (name/id) payroll was not found in this key vault.")
    )

    assert vault.password(REF) is None
    assert vault.password(REF, VERSION) is None
    assert service.calls() == [f"GET {NEWEST}", f"GET {NEWEST}{VERSION}"]


@pytest.mark.parametrize("answered", [False, True], ids=["refused", "answered all the same"])
def test_a_disabled_version_is_none_and_as_the_newest_it_is_refused(
    service: Service, vault: KeyVaults, *, answered: bool
) -> None:
    disabled = refusal(403, "Forbidden", "Operation get is not allowed on a disabled secret.", "SecretDisabled")
    service.answer_all(bundle(service, attributes={"enabled": False, "created": 1}) if answered else disabled)

    assert vault.password(REF, VERSION) is None
    with pytest.raises(Unreadable, match="newest version is disabled"):
        vault.password(REF)


@pytest.mark.parametrize(
    "reply",
    [Reply(404, b"<html>Not here</html>", {"Content-Type": "text/html"}), refusal(404, "ResourceNotFound", "None.")],
    ids=["web page", "gateway"],
)
def test_a_404_of_something_on_the_way_is_no_missing_password(service: Service, vault: KeyVaults, reply: Reply) -> None:
    service.answer_all(reply)

    assert "answered 404" in str(outcome(READ, vault))


UNREADABLE: dict[str, tuple[Callable[[Service], Reply], str]] = {
    "empty": (lambda service: bundle(service, ""), "no login can carry its value"),
    "NUL": (lambda service: bundle(service, f"{CANARY}\0"), "no login can carry its value"),
    "lone surrogate": (lambda service: bundle(service, f"{CANARY}\udc80"), "no secret whose value is text"),
    "number": (lambda service: bundle(service, 4711), "no secret whose value is text"),
    "list": (lambda service: bundle(service, [CANARY]), "no secret whose value is text"),
    "object": (lambda service: bundle(service, {"text": CANARY}), "no secret whose value is text"),
    "null": (lambda service: bundle(service, None), "no secret whose value is text"),
    "no UTF-8": (lambda _: Reply(200, f'{{"value": "{CANARY}'.encode() + b'\xff"}'), "no secret whose value is text"),
    "a list in place of a secret": (lambda _: Reply(200, [CANARY]), "no secret whose value is text"),
    "no version": (lambda service: bundle(service, id=service.url), "no secret whose value is text"),
    "an odd version": (
        lambda service: bundle(service, id=f"{service.url}/secrets/payroll/{VERSION}\n"),
        "no secret whose value is text",
    ),
    "a web page": (
        lambda _: Reply(200, f"<html>{CANARY}</html>".encode(), {"Content-Type": "text/html"}),
        "no secret whose value is text",
    ),
    "managed": (lambda service: bundle(service, managed=True), "it holds the key of a certificate"),
    "kid": (lambda service: bundle(service, kid=f"{service.url}/keys/payroll/1"), "it holds the key of a certificate"),
    "an end after the year 9999": (
        lambda service: bundle(service, attributes={"created": 1, "exp": 253_402_300_800}),
        "it begins or ends in no year between 1 and 9999",
    ),
    "a begin before the year 1": (
        lambda service: bundle(service, attributes={"created": 1, "nbf": -(10**14)}),
        "it begins or ends in no year between 1 and 9999",
    ),
}


@pytest.mark.parametrize(("reply", "words"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_password_is_unreadable_and_not_quoted(
    service: Service, vault: KeyVaults, reply: Callable[[Service], Reply], words: str
) -> None:
    service.answer_all(reply(service))

    error = outcome(READ, vault)

    assert type(error) is Unreadable
    assert str(error).startswith("cannot read the password in secret payroll of vault dev: ")
    assert words in str(error)
    assert "4711" not in str(error)


CHECK_METADATA = (
    "Check that the identity exists and has the role Key Vault Reader for this vault, or one with secrets/readMetadata"
)


def deleted(service: Service) -> None:
    service.answer(
        f"PUT {STORED}", refusal(409, "Conflict", "Secret payroll is deleted.", "ObjectIsDeletedButRecoverable")
    )


def test_a_deleted_secret_that_holds_the_name_is_a_person_s_to_recover(service: Service, vault: KeyVaults) -> None:
    deleted(service)
    purge = int(datetime(2027, 2, 28, 23, tzinfo=UTC).timestamp())
    item = {"id": f"{service.url}/secrets/payroll", "recoveryId": f"{service.url}{DELETED}", "attributes": {}}
    service.answer(f"GET {DELETED}", Reply(200, {**item, "scheduledPurgeDate": purge, "deletedDate": purge - 1}))

    error = outcome(STORE, vault)

    assert type(error) is PermanentError
    assert str(error) == (
        "cannot store a password of client payroll-dev in secret payroll of vault dev: a deleted secret holds the name "
        "until 2027-02-28 (UTC), when it is gone for good. Nothing was stored. Recover it with `az keyvault secret "
        f"recover --id {service.url}/deletedsecrets/payroll`: its old password would be valid again, so store a new "
        "one right after. Or name another secret in the inventory."
    )
    assert service.calls() == [f"PUT {STORED}", f"GET {DELETED}"]


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (
            refusal(403, "Forbidden", "Caller is not authorized.", "ForbiddenByRbac"),
            f"answered 403: Caller is not authorized. {CHECK_METADATA}",
        ),
        (
            refusal(404, "SecretNotFound", "Deleted Secret not found: payroll"),
            "answered 404: Deleted Secret not found: payroll",
        ),
        (refusal(500, "InternalServerError", "Sorry."), "answered 500: Sorry"),
    ],
    ids=["forbidden", "gone", "broken"],
)
def test_where_the_deleted_secret_cannot_be_read_its_end_is_left_out(
    service: Service, vault: KeyVaults, reply: Reply, why: str
) -> None:
    deleted(service)
    service.answer(f"GET {DELETED}", reply)

    error = outcome(STORE, vault)

    assert type(error) is PermanentError
    assert f"a deleted secret holds the name (its end cannot be read: {why}). Nothing was stored" in str(error)
    assert "az keyvault secret recover --id" in str(error)


@pytest.mark.parametrize("inner", [None, "ObjectIsBeingDeleted", "ObjectIsBeingRecovered"])
def test_a_conflict_passes_by_itself(service: Service, vault: KeyVaults, inner: str | None) -> None:
    service.answer_all(refusal(409, "Conflict", "Secret payroll is currently being changed; retry later.", inner))

    error = outcome(STORE, vault)

    assert type(error) is TransientError
    assert "the vault is busy with it: Secret payroll is currently being changed" in str(error)
    assert service.calls() == [f"PUT {STORED}"]


@pytest.mark.parametrize(
    ("call", "role"),
    [
        (READ, "has the role Key Vault Secrets User for this vault, or one with secrets/getSecret."),
        (STORE, "has the role Key Vault Secrets Officer for this vault, or one with secrets/setSecret."),
    ],
    ids=["read", "store"],
)
def test_a_missing_right_is_named_and_what_no_role_helps_against_is_not_called_one(
    service: Service, vault: KeyVaults, call: Call, role: str
) -> None:
    service.answer_all(refusal(403, "Forbidden", "Caller is not authorized.", "ForbiddenByRbac"))
    assert str(outcome(call, vault)).endswith(role)

    service.answer_all(refusal(403, "Forbidden", "Client address is not authorized.", "ForbiddenByFirewall"))
    assert "The vault's firewall does not let the Function App in" in str(outcome(call, vault))
    assert "role" not in str(outcome(call, vault))


def test_a_name_that_a_certificate_has_is_said_to_be_that(service: Service, vault: KeyVaults) -> None:
    service.answer_all(refusal(403, "Forbidden", 'Operation "set" is not allowed.', "SecretManagedByKeyVault"))

    error = outcome(STORE, vault)

    assert type(error) is PermanentError
    assert str(error).endswith("It holds the key of a certificate: name another secret in the inventory.")


def test_a_limit_is_kept(service: Service, vault: KeyVaults) -> None:
    service.answer_all(Reply(429, {"error": {"code": "Throttled", "message": "Slow down."}}, {"Retry-After": "77"}))

    for call in (READ, STORE):
        error = outcome(call, vault)
        assert isinstance(error, RateLimited)
        assert error.retry_after.total_seconds() == 77
    assert len(service.asked) == 2


@pytest.fixture
def silent(pair: KeyPair) -> Iterator[tuple[str, list[str]]]:
    """A server that takes each request and ends the connection; its URL, and the methods that it took."""
    taken: list[str] = []

    class Requests(Handler):
        @override
        def exchange(self) -> None:
            self.read_body()
            taken.append(self.command)
            self.close_connection = True

    with serving(Requests, showing(pair)) as url:
        yield url, taken


def test_storing_is_not_repeated_where_the_answer_is_lost(silent: tuple[str, list[str]]) -> None:
    url, taken = silent

    assert type(outcome(STORE, vault_at(url))) is TransientError
    assert taken == ["PUT"]
