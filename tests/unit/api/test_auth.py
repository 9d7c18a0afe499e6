"""Who calls: no client becomes somebody else by sending a header."""

import json
from collections.abc import Mapping

import pytest

from shared.api.auth import Caller, Role, identify
from shared.api.http import HttpProblem, HttpRequest, ProblemKind
from shared.domain.audit import Actor
from shared.settings import Access
from tests.fakes.principals import ID_TYPE, OBJECT_ID, ROLE_TYPE, application, encoded, person, principal

ON = Access(easy_auth=True, keys_may_change=False)
OFF = Access(easy_auth=False, keys_may_change=False)


def by(headers: Mapping[str, str]) -> Caller:
    return identify(HttpRequest(headers), ON)


def refused(headers: Mapping[str, str]) -> str:
    with pytest.raises(HttpProblem) as raised:
        by(headers)
    assert raised.value.kind is ProblemKind.UNAUTHENTICATED
    return raised.value.detail


def test_an_operator_may_read_too() -> None:
    assert by(person("operator")) == Caller(
        Actor("person", OBJECT_ID, "Ada Lovelace"), frozenset({"reader", "operator", "ticker"})
    )


def test_a_reader_may_not_more() -> None:
    assert by(person("reader")).roles == {"reader"}


@pytest.mark.parametrize("role", ["", "Operator", "operator ", "admin", "readers"])
def test_a_role_that_is_not_ours_is_none(role: str) -> None:
    assert by(person(role)).roles == frozenset()


def test_an_application_is_distinguished_from_a_person() -> None:
    assert by(application("operator")).actor == Actor("application", OBJECT_ID)
    assert by(principal([("oid", OBJECT_ID)])).actor.kind == "application"


def test_roles_come_from_the_role_claim_alone() -> None:
    claims = [(ID_TYPE, OBJECT_ID), ("groups", "operator"), ("name", "operator")]
    assert by(principal(claims)).roles == frozenset()
    assert by(principal(claims, role_typ="name")).roles == frozenset()
    assert by(principal(claims, role_typ="groups")).roles == frozenset()
    assert by(principal([*claims, ("roles", "reader")], role_typ="roles")).roles == {"reader"}


@pytest.mark.parametrize("role_typ", [ROLE_TYPE, "roles", "", None, 1, "name"])
@pytest.mark.parametrize("types", [("roles",), (ROLE_TYPE,), (ROLE_TYPE.upper(),), ("Roles",), ("roles", ROLE_TYPE)])
def test_roles_are_those_of_both_claims_whatever_role_typ_says(role_typ: object, types: tuple[str, ...]) -> None:
    """A token of version 2 has `roles`, while `role_typ` is the long name (azure-functions-host#3898)."""
    for claims in ([(ID_TYPE, OBJECT_ID), ("name", "Ada")], [("name", "Ada"), ("oid", OBJECT_ID)]):
        roles = [(type_, "operator") for type_ in types]
        for each in ([*claims, *roles], [*roles, *claims]):
            assert by(principal(each, role_typ=role_typ)).roles == {"reader", "operator", "ticker"}


def test_a_principal_without_role_typ_has_the_roles_of_its_claims() -> None:
    claims = [{"typ": "oid", "val": OBJECT_ID}, {"typ": "roles", "val": "reader"}]
    assert by(encoded(json.dumps({"auth_typ": "aad", "claims": claims}))).roles == {"reader"}


def test_roles_of_both_claims_are_put_together() -> None:
    claims = [(ID_TYPE, OBJECT_ID), ("roles", "reader"), (ROLE_TYPE, "operator"), ("roles", "else")]
    assert by(principal(claims)).roles == {"reader", "operator", "ticker"}
    assert by(principal(claims[:2])).roles == {"reader"}


@pytest.mark.parametrize(
    "type_", ["groups", "scp", "wids", "role", "roles ", "name", "http://schemas.microsoft.com/roles"]
)
def test_no_other_claim_gives_a_role(type_: str) -> None:
    claims = [(ID_TYPE, OBJECT_ID), (type_, "operator")]
    assert by(principal(claims, role_typ=type_)).roles == frozenset()


def test_several_values_in_one_claim_are_several_claims() -> None:
    claims = [{"typ": "oid", "val": OBJECT_ID}, {"typ": "roles", "val": ["reader", 1, None, {"operator": True}]}]
    assert by(principal([], claims=claims)).roles == {"reader"}
    for text in ('["operator"]', "reader,operator", "reader operator"):
        assert by(principal([("oid", OBJECT_ID), ("roles", text)])).roles == frozenset()


@pytest.mark.parametrize("value", [1, 1.5, True, None, {"a": 1}, [[]]])
def test_a_claim_that_is_not_read_here_may_have_any_value(value: object) -> None:
    claims = [
        {"typ": "oid", "val": OBJECT_ID},
        {"typ": "roles", "val": "reader"},
        {"typ": "x", "val": value},
        {"typ": "y"},
    ]
    assert by(principal([], claims=claims)).roles == {"reader"}


@pytest.mark.parametrize(
    "type_",
    [
        *("preferred_username", "upn", "unique_name", "email", "name", "Preferred_Username"),
        *(f"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/{name}" for name in ("upn", "name", "emailaddress")),
    ],
)
def test_a_person_has_a_name_under_either_spelling_of_its_claim(type_: str) -> None:
    claims = [("oid", OBJECT_ID), (type_, "ada@example.net")]
    assert by(principal(claims, name_typ=type_)).actor == Actor("person", OBJECT_ID, "ada@example.net")


def test_a_name_that_cannot_be_seen_is_none() -> None:
    claims = [("oid", OBJECT_ID), ("preferred_username", "\u200b\ufeff"), ("name", "\u3164Ada")]
    assert by(principal(claims)).actor.name == "Ada"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-ms-client-principal": ""},
        {"x-ms-client-principal": "not base64!"},
        {"x-ms-client-principal": "e30=,e30="},
        {"x-ms-client-principal-id": OBJECT_ID, "x-ms-client-principal-name": "ada"},
        encoded("{}"),
        encoded("[]"),
        encoded("null"),
        encoded("{" * 10_000),
        principal([(ID_TYPE, OBJECT_ID)], claims="operator"),
        principal([], claims=[{"typ": ID_TYPE, "val": OBJECT_ID}, {"typ": 1, "val": "operator"}]),
        principal([], claims=[{"typ": ID_TYPE, "val": {"id": OBJECT_ID}}]),
        {"x-ms-client-principal": person("operator")["x-ms-client-principal"].replace("a", "!a", 1)},
        principal([(ID_TYPE, OBJECT_ID), *[("groups", "x" * 100)] * 500]),
    ],
)
def test_a_principal_that_easy_auth_would_not_write_is_refused(headers: Mapping[str, str]) -> None:
    refused(headers)


@pytest.mark.parametrize("kind", ["github", "AAD", "", None])
def test_only_entra_vouches(kind: object) -> None:
    refused(principal([(ID_TYPE, OBJECT_ID), (ROLE_TYPE, "operator")], auth_typ=kind))


@pytest.mark.parametrize(
    "ids", [[], ["ada"], [OBJECT_ID, OBJECT_ID.replace("0", "1")], [OBJECT_ID + "\n"], [f" {OBJECT_ID}"]]
)
def test_a_caller_has_one_object_id(ids: list[str]) -> None:
    assert "object id" in refused(principal([(ID_TYPE, value) for value in ids]))


def test_the_same_object_id_in_both_claims_is_one() -> None:
    assert by(principal([(ID_TYPE, OBJECT_ID), ("oid", OBJECT_ID)])).actor.id == OBJECT_ID


def test_a_name_cannot_write_lines_of_its_own() -> None:
    assert by(person(name="Ada\r\n2026 ERROR \x1b[2J\u202eecalevoL")).actor.name == "Ada2026 ERROR [2JecalevoL"
    assert len(by(person(name="x" * 5000)).actor.name) == 200


def test_an_object_id_is_the_same_in_upper_case() -> None:
    for claims in ([("name", "Ada")], [("idtyp", "app")]):
        assert by(principal([("oid", OBJECT_ID.upper()), *claims])).actor.id == OBJECT_ID


def test_a_person_is_called_by_the_name_they_sign_in_with() -> None:
    upn = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"
    claims = [("oid", OBJECT_ID), ("name", "Ada Lovelace")]
    assert by(principal([*claims, (upn, "ada@example.net")])).actor.name == "ada@example.net"
    both = [*claims, (upn, "upn@example.net"), ("preferred_username", "ada@example.net")]
    assert by(principal(both)).actor.name == "ada@example.net"


def test_without_a_principal_the_problem_says_to_sign_in() -> None:
    assert "sign in" in refused({})


def test_what_was_sent_is_not_repeated() -> None:
    assert "canary" not in refused(encoded('{"auth_typ": "canary-canary"}'))


def test_with_easy_auth_off_a_principal_proves_nothing() -> None:
    assert identify(HttpRequest(person("operator")), OFF) == Caller(Actor("function key"), frozenset({"reader"}))


@pytest.mark.parametrize(("may_change", "roles"), [(False, {"reader"}), (True, {"reader", "operator", "ticker"})])
def test_a_key_changes_things_only_where_that_is_allowed(may_change: bool, roles: set[Role]) -> None:
    assert identify(HttpRequest(), Access(easy_auth=False, keys_may_change=may_change)).roles == roles


@pytest.mark.parametrize("name", ["code", "Code"])
def test_a_key_in_the_url_is_refused(name: str) -> None:
    with pytest.raises(HttpProblem, match="ends up in logs") as raised:
        identify(HttpRequest(query=((name, "canary"),)), OFF)
    assert raised.value.kind is ProblemKind.UNAUTHENTICATED
    assert "canary" not in raised.value.detail


def test_an_application_with_a_name_is_no_person() -> None:
    claims = [("oid", OBJECT_ID), ("name", "Ada Lovelace"), ("idtyp", "app"), (ROLE_TYPE, "reader")]
    assert by(principal(claims)).actor == Actor("application", OBJECT_ID)
