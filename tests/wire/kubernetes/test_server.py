"""How an API server is spoken to: with our token, over kept connections, and never with a word of a Secret in a log."""

import base64
import logging
import socket
import traceback
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from infra.local.pki import Authority
from shared.adapters.kubernetes.clusters import KubernetesClusters
from shared.domain.serving.tls_secret import SecretApply
from shared.errors import PermanentError, RateLimited, TransientError
from shared.inventory import Cluster, SecretReference, Workload
from tests.http_server import HOST
from tests.wire.kubernetes.api_server import ScriptedApiServer, scripted_api_server

SECRET = {
    "metadata": {"name": "relay-tls", "resourceVersion": "7"},
    "type": "Opaque",
    "data": {"tls.key": base64.b64encode(b"PRIVATE KEY").decode()},
}
WORKLOAD = Workload("mailrelay", "statefulset", "mailrelay")


class Tokens:
    """A credential whose every token is another."""

    def __init__(self) -> None:
        self.scopes: list[str] = []

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        self.scopes += scopes
        return AccessToken(f"token-{len(self.scopes)}", 0)


def no_vault(_: SecretReference) -> str | None:
    """These clusters have no kubeconfig."""
    raise AssertionError


class NoTokens:
    def get_token(self, *_: str, **__: Any) -> AccessToken:
        raise ClientAuthenticationError("ManagedIdentityCredential: no identity")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.create(tmp_path, "ss-dev-00")


@pytest.fixture
def api_server(authority: Authority) -> Iterator[ScriptedApiServer]:
    with scripted_api_server(authority) as opened:
        yield opened


def clusters(url: str, folder: Path, ca_file: str = "ss-dev-00-ca.pem", credential: Any = None) -> KubernetesClusters:
    cluster = Cluster(name="ss-dev-00", server=url, ca_file=ca_file)
    return KubernetesClusters({"ss-dev-00": cluster}, folder, credential or Tokens(), secret=no_vault)


def test_each_request_carries_the_credentials_token_of_that_moment(
    api_server: ScriptedApiServer, tmp_path: Path
) -> None:
    tokens = Tokens()
    asking = clusters(api_server.url, tmp_path, credential=tokens)
    for _ in range(2):
        api_server.answer(200, SECRET)
        asking.secret("ss-dev-00", "mailrelay", "relay-tls")

    assert [asked.headers["authorization"] for asked in api_server.asked] == ["Bearer token-1", "Bearer token-2"]
    assert set(tokens.scopes) == {"6dae42f8-4368-4678-94ff-3960e28e3630/.default"}


def test_one_connection_serves_many_requests(api_server: ScriptedApiServer, tmp_path: Path) -> None:
    asking = clusters(api_server.url, tmp_path)
    for _ in range(3):
        api_server.answer(200, SECRET)
        asking.secret("ss-dev-00", "mailrelay", "relay-tls")

    assert len({asked.connection for asked in api_server.asked}) == 1


def test_long_lists_are_read_page_by_page(api_server: ScriptedApiServer, tmp_path: Path) -> None:
    owner = [{"kind": "StatefulSet", "name": "mailrelay"}]
    for ordinal, following in ((1, "next-page"), (0, "")):
        item = {"metadata": {"name": f"mailrelay-{ordinal}", "ownerReferences": owner}, "status": {"phase": "Running"}}
        api_server.answer(200, {"metadata": {"continue": following}, "items": [item]})

    pods = clusters(api_server.url, tmp_path).pods("ss-dev-00", WORKLOAD)

    assert [pod.name for pod in pods] == ["mailrelay-0", "mailrelay-1"]
    queries = [parse_qs(urlsplit(asked.path).query) for asked in api_server.asked]
    assert queries == [{"limit": ["500"]}, {"limit": ["500"], "continue": ["next-page"]}]


def statefulset(ready: int) -> dict[str, Any]:
    status = {"observedGeneration": 1, "readyReplicas": ready, "updatedReplicas": 2, "replicas": 2}
    spec = {"replicas": 2, "template": {"spec": {"containers": []}}}
    return {"metadata": {"generation": 1}, "spec": spec, "status": status}


def pod(name: str, owner: str = "mailrelay", **metadata: Any) -> dict[str, Any]:
    owners = [{"kind": "StatefulSet", "name": owner}]
    status = {"containerStatuses": [{"name": "exim", "ready": False, "state": {"running": {}}}]}
    return {"metadata": {"name": name, "ownerReferences": owners} | metadata, "spec": {}, "status": status}


def test_a_rollout_that_is_not_done_names_each_pod_that_it_waits_for(
    api_server: ScriptedApiServer, tmp_path: Path
) -> None:
    leaving = pod("mailrelay-1", deletionTimestamp="2026-11-22T12:01:00Z", deletionGracePeriodSeconds=60)
    api_server.answer(200, statefulset(ready=1))
    api_server.answer(200, {"metadata": {}, "items": [leaving, pod("mailrelay-0"), pod("other-0", owner="other")]})

    seen = clusters(api_server.url, tmp_path).rollout("ss-dev-00", WORKLOAD)

    assert not seen.done
    assert seen.message == (
        "waiting for 1 pod to be ready (pod mailrelay-0: container exim is not ready; "
        "pod mailrelay-1 is terminating since 2026-11-22T12:00:00Z)"
    )


def test_a_rollout_that_no_pod_blocks_is_reported_by_its_numbers(api_server: ScriptedApiServer, tmp_path: Path) -> None:
    api_server.answer(200, statefulset(ready=1))
    api_server.answer(200, {"metadata": {}, "items": []})

    seen = clusters(api_server.url, tmp_path).rollout("ss-dev-00", WORKLOAD)

    assert seen.message == "waiting for 1 pod to be ready"


def test_a_rollout_that_is_done_costs_one_request(api_server: ScriptedApiServer, tmp_path: Path) -> None:
    api_server.answer(200, statefulset(ready=2))

    assert clusters(api_server.url, tmp_path).rollout("ss-dev-00", WORKLOAD).done
    assert len(api_server.asked) == 1


def test_no_value_of_a_secret_reaches_a_log(
    api_server: ScriptedApiServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    api_server.answer(200, SECRET)

    clusters(api_server.url, tmp_path).secret("ss-dev-00", "mailrelay", "relay-tls")

    assert SECRET["data"]["tls.key"] not in caplog.text  # type: ignore[index]
    assert "token-1" not in caplog.text


def test_an_answer_that_quotes_a_key_shows_it_in_no_trace(api_server: ScriptedApiServer, tmp_path: Path) -> None:
    key = b"-----BEGIN PRIVATE KEY----- and so on, long enough to be one"
    part = SecretApply("mailrelay", "relay-tls", "Opaque", {"tls.key": key}, {}, "relaykeeper/certificate.a", None)
    encoded = base64.b64encode(key).decode()
    api_server.answer(400, {"kind": "Status", "message": f"webhook denied {encoded}"})

    with pytest.raises(PermanentError) as refused:
        clusters(api_server.url, tmp_path).apply("ss-dev-00", part)

    assert encoded not in "".join(traceback.format_exception(refused.value))


def test_an_answer_that_is_not_json_is_no_api_servers(api_server: ScriptedApiServer, tmp_path: Path) -> None:
    api_server.answers.append((200, b"<html>Sign in</html>"))

    with pytest.raises(PermanentError, match=r"not JSON.*clusters\.ss-dev-00\.server"):
        clusters(api_server.url, tmp_path).secret("ss-dev-00", "mailrelay", "relay-tls")


def test_a_proxys_error_page_in_any_encoding_is_survived(api_server: ScriptedApiServer, tmp_path: Path) -> None:
    api_server.answers.append((502, "Passerelle erronée".encode("latin-1")))

    with pytest.raises(PermanentError, match="not JSON"):
        clusters(api_server.url, tmp_path).secret("ss-dev-00", "mailrelay", "relay-tls")


def test_a_cluster_that_is_switched_off_is_tried_again(authority: Authority) -> None:
    with socket.create_server((HOST, 0)) as listener:
        url = f"https://{HOST}:{listener.getsockname()[1]}"

    with pytest.raises(TransientError) as refused:
        clusters(url, authority.folder).rollout("ss-dev-00", WORKLOAD)

    assert str(refused.value).endswith(f"cannot reach ss-dev-00 at {url}: connection refused")


def test_a_rebuilt_clusters_certificate_is_not_trusted(api_server: ScriptedApiServer, tmp_path: Path) -> None:
    Authority.create(tmp_path, "before-the-rebuild")

    with pytest.raises(PermanentError, match=r"is not trusted.*rebuilt.*before-the-rebuild-ca\.pem"):
        clusters(api_server.url, tmp_path, "before-the-rebuild-ca.pem").pods("ss-dev-00", WORKLOAD)

    assert api_server.asked == []


@pytest.mark.parametrize("content", [None, "", "no PEM"])
def test_a_ca_file_that_cannot_be_read_is_named(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_text(content)

    with pytest.raises(PermanentError, match=r"ca\.pem.*clusters\.ss-dev-00\.ca_file"):
        clusters("https://127.0.0.1:1", tmp_path, "ca.pem").pods("ss-dev-00", WORKLOAD)


def test_without_a_token_nothing_is_asked(api_server: ScriptedApiServer, tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="cannot get a token for ss-dev-00"):
        clusters(api_server.url, tmp_path, credential=NoTokens()).pods("ss-dev-00", WORKLOAD)

    assert api_server.asked == []


def test_a_429_to_a_read_is_a_wait_that_was_asked_for_and_no_outage(
    api_server: ScriptedApiServer, tmp_path: Path
) -> None:
    api_server.answer(429, {"kind": "Status", "status": "Failure", "message": "too many requests", "code": 429})

    with pytest.raises(RateLimited) as raised:
        clusters(api_server.url, tmp_path).secret("ss-dev-00", "mailrelay", "relay-tls")

    assert raised.value.retry_after == timedelta(seconds=7)
    assert len(api_server.asked) == 1


def denied(policy: str, version: int) -> dict[str, Any]:
    message = (
        f"ValidatingAdmissionPolicy '{policy}' with binding '{policy}' denied request: Policy version {version}: x"
    )
    return {"kind": "Status", "reason": "Forbidden", "message": f"it is forbidden: {message}", "code": 403}


def test_the_policy_is_tried_with_a_dry_run_and_nothing_else(api_server: ScriptedApiServer, tmp_path: Path) -> None:
    api_server.answer(403, denied("relaykeeper-secrets", 3))
    api_server.answer(200, {})

    found = clusters(api_server.url, tmp_path).probe_policy("ss-dev-00", WORKLOAD, "relay-tls")

    assert [(probe.target, probe.version) for probe in found] == [
        ("Secret mailrelay/relay-tls", 3),
        ("mailrelay/statefulset/mailrelay", 0),
    ]
    assert [asked.method for asked in api_server.asked] == ["PATCH", "PATCH"]
    assert [parse_qs(urlsplit(asked.path).query)["dryRun"] for asked in api_server.asked] == [["All"], ["All"]]


def test_what_we_have_no_right_to_change_needs_no_policy(api_server: ScriptedApiServer, tmp_path: Path) -> None:
    missing = 'secrets "relay-tls" is forbidden: User "1" cannot patch resource "secrets" in API group ""'
    api_server.answer(403, {"kind": "Status", "reason": "Forbidden", "message": missing, "code": 403})
    api_server.answer(404, {"kind": "Status", "reason": "NotFound", "message": "not found", "code": 404})

    found = clusters(api_server.url, tmp_path).probe_policy("ss-dev-00", WORKLOAD, "relay-tls")

    assert [probe.version for probe in found] == [None, None]


def test_a_refusal_by_somebody_else_is_no_answer(api_server: ScriptedApiServer, tmp_path: Path) -> None:
    api_server.answer(403, denied("labels-of-the-platform", 3))

    with pytest.raises(PermanentError, match="cannot try whether the admission policy protects mailrelay/statefulset"):
        clusters(api_server.url, tmp_path).probe_policy("ss-dev-00", WORKLOAD, None)
