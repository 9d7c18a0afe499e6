"""Clients that have the same password are named, each of them the others, and nobody itself."""

from shared.domain.client_observation import ClientObservation, PasswordFacts
from shared.domain.clients.client_journal import ClientJournal
from shared.domain.object_ref import Version
from shared.domain.password_sharing import shared_passwords
from shared.inventory import Client
from tests.fakes.inventory import NOW


def seen(name: str, fingerprint: bytes | None, vault: str = "dev", secret: str | None = None) -> ClientObservation:
    fields = {"name": name, "vault": vault, "relays": ["dev"], "secret": secret or name}
    facts = PasswordFacts(Version("v"), NOW, None, None, (), fingerprint) if fingerprint is not None else None
    return ClientObservation(Client.model_validate(fields), NOW, ClientJournal(), facts)


def reasons(*observations: ClientObservation) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    return {
        name: [(each.reason, each.clients) for each in shared]
        for name, shared in shared_passwords(observations).items()
    }


def test_each_of_those_with_one_password_is_told_the_others() -> None:
    found = reasons(seen("a", b"x"), seen("b", b"x"), seen("c", b"x"), seen("d", b"y"))
    assert found == {
        "a": [("PasswordShared", ("b", "c"))],
        "b": [("PasswordShared", ("a", "c"))],
        "c": [("PasswordShared", ("a", "b"))],
    }


def test_an_equal_password_in_another_vault_has_a_reason_of_its_own() -> None:
    found = reasons(seen("a", b"x"), seen("b", b"x"), seen("p", b"x", "prod"))
    assert found["a"] == [("PasswordShared", ("b",)), ("PasswordEqualElsewhere", ("p",))]
    assert found["p"] == [("PasswordEqualElsewhere", ("a", "b"))]


def test_one_secret_of_two_clients_is_not_shared_with_itself() -> None:
    assert reasons(seen("a", b"x", secret="pcol"), seen("b", b"x", secret="PCOL")) == {}  # noqa: S106 names


def test_what_could_not_be_read_is_equal_to_nothing() -> None:
    assert reasons(seen("a", None), seen("b", None)) == {}
