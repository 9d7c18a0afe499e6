"""Each refusal of the API server becomes the error that says what to do. The bodies are those of Kubernetes 1.36."""

import json
import ssl
from typing import Any

import pytest
from kubernetes.client import ApiException

from shared.adapters.kubernetes.credentials import ClusterCredentials
from shared.adapters.kubernetes.errors import Absent, PolicyDenied, explain_refusal
from shared.errors import Conflict, PermanentError, RateLimited, RelaykeeperError, TransientError

TRIED = "cannot write Secret mailrelay/relay-tls in ss-prod-01"
CREDENTIALS = ClusterCredentials(
    "ss-prod-01",
    "https://ss-prod-01.example.net",
    tls=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
    token=None,
    identity="the client certificate of its kubeconfig",
    server_remedy="Fix the server.",
    trust_remedy="Fix the trust.",
    identity_remedy="Fix the identity.",
)


def refusal(code: int, message: str = "", reason: str = "", **details: Any) -> RelaykeeperError:
    status = {"kind": "Status", "message": message, "reason": reason, "details": details, "code": code}
    return of_body(code, json.dumps(status))


def of_body(code: int, body: str, **headers: str) -> RelaykeeperError:
    error = ApiException(status=code, reason="Refused")
    error.body, error.headers = body, headers
    return explain_refusal(TRIED, CREDENTIALS, error)


def cause(reason: str, message: str, field: str) -> dict[str, str]:
    return {"reason": reason, "message": message, "field": field}


def test_a_field_of_another_manager_is_named_with_its_owner_and_the_way_out() -> None:
    claimed = cause("FieldManagerConflict", 'conflict with "kustomize-controller" using v1', ".data.tls.crt")

    error = refusal(409, "Apply failed with 1 conflict", "Conflict", causes=[claimed])

    assert isinstance(error, PermanentError)
    assert str(error).startswith(f"{TRIED}: its tls.crt belongs to kustomize-controller. Stop kustomize-controller")


def test_an_object_that_changed_since_it_was_read_is_tried_again() -> None:
    error = refusal(409, "the object has been modified", "Conflict", name="relay-tls", kind="secrets")

    assert type(error) is Conflict


def test_a_json_patch_whose_test_failed_is_tried_again() -> None:
    error = refusal(422, "the server rejected our request due to an error in our request", "Invalid")

    assert type(error) is Conflict


@pytest.mark.parametrize(
    ("why", "way_out"),
    [
        (cause("FieldValueInvalid", 'Invalid value: "Opaque": field is immutable', "type"), "Delete it"),
        (cause("FieldValueForbidden", "field is immutable when `immutable` is set", "data"), "Delete it"),
        (cause("FieldValueTooLong", "may not be more than 1048576 bytes", "data"), "fewer certificates"),
        (cause("FieldValueInvalid", "a valid config key must consist of", "data[a/b]"), "data[a/b]: a valid config"),
    ],
)
def test_an_invalid_secret_is_explained(why: dict[str, str], way_out: str) -> None:
    error = refusal(422, "Secret is invalid", "Invalid", causes=[why])

    assert isinstance(error, PermanentError)
    assert way_out in str(error)


def test_a_missing_right_is_named_with_verb_resource_and_name() -> None:
    message = 'secrets "relay-tls" is forbidden: User "1111" cannot create resource "secrets" in API group "" and more'

    error = refusal(403, message, "Forbidden", name="relay-tls", kind="secrets")

    assert isinstance(error, PermanentError)
    assert "the right to create secrets relay-tls is missing" in str(error)


def test_a_request_without_a_credential_is_no_matter_of_rights() -> None:
    message = 'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group ""'

    error = refusal(403, message, "Forbidden", kind="pods")

    assert str(error) == (
        f"{TRIED}: the API server saw no credential (system:anonymous). Check that nothing between us and ss-prod-01 "
        "drops the client certificate of its kubeconfig."
    )


def test_a_policys_prohibition_is_quoted_with_its_name() -> None:
    message = (
        "statefulsets.apps \"mailrelay\" is forbidden: ValidatingAdmissionPolicy 'relaykeeper' with binding "
        "'relaykeeper' denied request: this would change spec.replicas"
    )

    error = refusal(403, message, "Forbidden", name="mailrelay", group="apps", kind="statefulsets")

    assert isinstance(error, PermanentError)
    assert str(error) == f"{TRIED}: forbidden: {message}"


def test_another_prohibition_is_quoted() -> None:
    error = refusal(403, "secrets is forbidden: exceeded quota: secrets", "Forbidden", kind="secrets")

    assert str(error) == f"{TRIED}: forbidden: secrets is forbidden: exceeded quota: secrets"


def test_a_credential_that_is_not_accepted_needs_a_person() -> None:
    error = refusal(401, "Unauthorized", "Unauthorized")

    assert isinstance(error, PermanentError)
    assert str(error) == f"{TRIED}: the client certificate of its kubeconfig is not accepted (401). Fix the identity."


def test_a_missing_object_differs_from_an_address_without_an_api_server() -> None:
    assert isinstance(refusal(404, 'secrets "x" not found', "NotFound", name="x", kind="secrets"), Absent)
    elsewhere = of_body(404, "404 page not found")
    assert isinstance(elsewhere, PermanentError)
    assert not isinstance(elsewhere, Absent)
    assert str(elsewhere).endswith("no API server: Refused. Fix the server.")


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), ("", 1), ("soon", 1), ("0", 1), ("9" * 30, 1), ("٣", 1)])
def test_too_many_requests_wait_as_long_as_asked(header: str, seconds: int) -> None:
    error = of_body(429, "{}", **{"Retry-After": header})

    assert isinstance(error, RateLimited)
    assert (error.retry_after.total_seconds(), error.scope) == (seconds, "cluster ss-prod-01")


def test_an_unknown_field_is_no_passing_trouble_although_it_comes_as_500() -> None:
    unknown = "failed to create typed patch object: .foo: field not declared in schema"

    assert isinstance(refusal(500, unknown), PermanentError)
    assert type(refusal(500, "etcdserver: request timed out")) is TransientError


@pytest.mark.parametrize(
    ("code", "kind"), [(410, Conflict), (413, PermanentError), (503, TransientError), (504, TransientError)]
)
def test_other_answers_go_by_their_class(code: int, kind: type[RelaykeeperError]) -> None:
    assert type(of_body(code, "<html>Bad Gateway</html>")) is kind


def test_what_an_answer_quotes_of_a_key_is_cut_out() -> None:
    error = refusal(400, f"denied by webhook: tls.key is {'QUJD' * 20}==")

    assert "QUJD" not in str(error)
    assert "denied by webhook: tls.key is [...]" in str(error)


@pytest.mark.parametrize(
    ("policy", "said", "version"),
    [
        ("relaykeeper", "Policy version 2: Relaykeeper may change", 2),
        ("relaykeeper-secrets", "Policy version 12: Relaykeeper may change", 12),
        ("relaykeeper", "Relaykeeper may change the annotation relaykeeper/restarted-for", 1),
    ],
)
def test_a_refusal_by_our_own_policy_tells_its_version(policy: str, said: str, version: int) -> None:
    message = f"it is forbidden: ValidatingAdmissionPolicy '{policy}' with binding '{policy}' denied request: {said}"

    error = refusal(403, message, "Forbidden", name="mailrelay", kind="statefulsets")

    assert isinstance(error, PolicyDenied)
    assert error.version == version


@pytest.mark.parametrize(
    "message",
    [
        "it is forbidden: ValidatingAdmissionPolicy 'labels' with binding 'labels' denied request: Policy version 2",
        'admission webhook "validate.kyverno.svc" denied the request: Policy version 2',
    ],
)
def test_a_refusal_by_somebody_elses_policy_tells_nothing_of_ours(message: str) -> None:
    error = refusal(403, message, "Forbidden", name="mailrelay", kind="statefulsets")

    assert type(error) is PermanentError
