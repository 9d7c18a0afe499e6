"""A cluster is entered with the kubeconfig that a vault holds: its server, its CA, its token or client certificate."""

import base64
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import jwt
import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from infra.local.pki import Authority, KeyPair
from shared.adapters.kubernetes.api_server import ApiServer
from shared.adapters.kubernetes.clusters import KubernetesClusters
from shared.adapters.kubernetes.credentials import kubeconfig_credentials
from shared.errors import PermanentError, TransientError
from shared.inventory import Cluster, SecretReference
from tests.wire.kubernetes.api_server import ScriptedApiServer, scripted_api_server

REF = SecretReference("prod", "ss-prod-01-kubeconfig")
UNAUTHORIZED = {"kind": "Status", "message": "Unauthorized", "reason": "Unauthorized"}


class NoCredential:
    """Entra has no business here."""

    def get_token(self, *_: str, **__: object) -> None:
        raise AssertionError


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.create(tmp_path, "ss-prod-01")


@pytest.fixture
def client(authority: Authority) -> KeyPair:
    return authority.issue("relaykeeper", client=True)


@pytest.fixture
def api_server(authority: Authority) -> Iterator[ScriptedApiServer]:
    with scripted_api_server(authority) as opened:
        yield opened


def kubeconfig(url: str, ca: bytes, **user: str | bytes) -> str:
    data = {name.replace("_", "-"): encoded(value) for name, value in user.items()}
    return yaml.safe_dump(
        {
            "current-context": "prod",
            "contexts": [{"name": "prod", "context": {"cluster": "prod", "user": "prod"}}],
            "clusters": [{"name": "prod", "cluster": {"server": url, "certificate-authority-data": encoded(ca)}}],
            "users": [{"name": "prod", "user": data}],
        }
    )


def encoded(value: str | bytes) -> str:
    return value if isinstance(value, str) else base64.b64encode(value).decode()


def entering(secret: Callable[[SecretReference], str | None]) -> KubernetesClusters:
    cluster = Cluster.model_validate({"name": "ss-prod-01", "kubeconfig": str(REF)})
    return KubernetesClusters({"ss-prod-01": cluster}, Path("/nowhere"), NoCredential(), secret)  # type: ignore[arg-type]


def refused(text: str | None) -> str:
    """Return the error's sentence, having searched its trace for keys."""
    with pytest.raises(PermanentError) as raised:
        entering(lambda _: text).secret("ss-prod-01", "mailrelay", "relay-tls")
    assert "PRIVATE" not in "".join(traceback.format_exception(raised.value))
    return str(raised.value)


def test_a_token_is_shown_with_each_request(api_server: ScriptedApiServer, authority: Authority) -> None:
    api_server.answer(404, {"kind": "Status", "reason": "NotFound"})
    asked: list[SecretReference] = []

    def secret(ref: SecretReference) -> str:
        asked.append(ref)
        return kubeconfig(api_server.url, authority.path.read_bytes(), token="a-token")  # noqa: S106

    clusters = entering(secret)
    assert clusters.secret("ss-prod-01", "mailrelay", "relay-tls") is None

    assert asked == [REF]
    assert [(one.headers.get("authorization"), one.user) for one in api_server.asked] == [("Bearer a-token", "")]


def test_a_client_certificate_is_shown_with_no_token(
    api_server: ScriptedApiServer, authority: Authority, client: KeyPair
) -> None:
    api_server.answer(404, {"kind": "Status", "reason": "NotFound"})
    certificate, key = client.certificate.read_bytes(), client.key.read_bytes()
    text = kubeconfig(
        api_server.url, authority.path.read_bytes(), client_certificate_data=certificate, client_key_data=key
    )

    entering(lambda _: text).secret("ss-prod-01", "mailrelay", "relay-tls")

    assert [(one.headers.get("authorization"), one.user) for one in api_server.asked] == [(None, "relaykeeper")]


def test_the_kubeconfig_is_read_once_and_its_connection_kept(
    api_server: ScriptedApiServer, authority: Authority
) -> None:
    texts = [kubeconfig(api_server.url, authority.path.read_bytes(), token="a-token")]  # noqa: S106
    clusters = entering(lambda _: texts.pop())
    for _ in range(2):
        api_server.answer(404, {"kind": "Status", "reason": "NotFound"})
        clusters.secret("ss-prod-01", "mailrelay", "relay-tls")

    assert len({one.connection for one in api_server.asked}) == 1


def test_what_holds_it_does_not_show_it(authority: Authority) -> None:
    text = kubeconfig("https://127.0.0.1:1", authority.path.read_bytes(), token="a-token")  # noqa: S106
    access = kubeconfig_credentials("ss-prod-01", REF, lambda _: text)
    server = ApiServer(access)
    assert access.token is not None
    assert access.token() == "a-token"

    for held in (access, server, server.core.api_client.configuration):
        assert "a-token" not in f"{held!r} {held} {[held]}"


def test_a_secret_that_is_not_there_is_named() -> None:
    assert refused(None) == (
        "cannot connect to ss-prod-01: there is no vault secret prod/ss-prod-01-kubeconfig. Put a kubeconfig there."
    )


def test_a_vault_that_does_not_answer_is_tried_again() -> None:
    def unreachable(_: SecretReference) -> str:
        raise TransientError("cannot read the secret")

    with pytest.raises(TransientError, match="cannot read the secret"):
        entering(unreachable).secret("ss-prod-01", "mailrelay", "relay-tls")


def test_one_that_cannot_be_used_is_named_with_what_is_wrong_and_what_to_put_there(authority: Authority) -> None:
    why = refused(kubeconfig("http://ss-prod-01", authority.path.read_bytes(), token="a-token"))  # noqa: S106

    assert "the kubeconfig in the vault secret prod/ss-prod-01-kubeconfig: its server is not a plain https URL." in why
    assert "Put one there whose server is an https URL" in why


def test_a_ca_that_is_no_certificate_is_refused() -> None:
    for ca in (b"CA", b" "):
        why = refused(kubeconfig("https://127.0.0.1:1", ca, token="a-token"))  # noqa: S106
        assert "certificate-authority-data holds no certificate" in why


def test_a_key_that_cannot_be_used_is_refused_and_never_asked_a_password_for(
    authority: Authority, client: KeyPair
) -> None:
    certificate, key = client.certificate.read_bytes(), client.key.read_bytes()
    another = authority.issue("another", client=True).key.read_bytes()
    loaded = load_pem_private_key(key, password=None)
    encrypted = loaded.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password"))

    for wrong in (another, encrypted, key[:60], b"KEY"):
        text = kubeconfig(
            "https://127.0.0.1:1",
            authority.path.read_bytes(),
            client_certificate_data=certificate,
            client_key_data=wrong,
        )
        assert "client certificate and key cannot be read, or do not belong together" in refused(text)


def test_the_error_of_an_expired_token_names_its_end_and_the_secret_to_renew(
    api_server: ScriptedApiServer, authority: Authority
) -> None:
    api_server.answer(401, UNAUTHORIZED)
    token = jwt.encode({"exp": datetime(2026, 10, 1, 12, 30, tzinfo=UTC)}, "k" * 32)

    assert refused(kubeconfig(api_server.url, authority.path.read_bytes(), token=token)).endswith(
        "the token of its kubeconfig is not accepted (401). It is valid until 2026-10-01 12:30 UTC. "
        "Put a new kubeconfig into the vault secret prod/ss-prod-01-kubeconfig."
    )


@pytest.mark.parametrize("token", ["opaque", "a.b.c", "a.e30.c", "a.eyJleHAiOiAxZTk5fQ.c", "a.bnVsbA.c"])
def test_the_error_of_a_token_without_an_expiry_names_none(
    api_server: ScriptedApiServer, authority: Authority, token: str
) -> None:
    api_server.answer(401, UNAUTHORIZED)

    assert refused(kubeconfig(api_server.url, authority.path.read_bytes(), token=token)).endswith(
        "is not accepted (401). Put a new kubeconfig into the vault secret prod/ss-prod-01-kubeconfig."
    )


def test_the_error_of_an_expired_client_certificate_names_its_end(
    api_server: ScriptedApiServer, authority: Authority, client: KeyPair
) -> None:
    api_server.answer(401, UNAUTHORIZED)
    certificate, key = client.certificate.read_bytes(), client.key.read_bytes()

    why = refused(
        kubeconfig(
            api_server.url, authority.path.read_bytes(), client_certificate_data=certificate, client_key_data=key
        )
    )

    end = x509.load_pem_x509_certificate(certificate).not_valid_after_utc
    assert f"client certificate of its kubeconfig is not accepted (401). It is valid until {end:%Y-%m-%d %H:%M}" in why


def test_a_rebuilt_clusters_ca_is_renewed_with_its_kubeconfig(api_server: ScriptedApiServer, tmp_path: Path) -> None:
    before = Authority.create(tmp_path, "before-the-rebuild").path.read_bytes()

    why = refused(kubeconfig(api_server.url, before, token="a-token"))  # noqa: S106

    assert "is not trusted" in why
    assert why.endswith("its CA has changed. Put a new kubeconfig into the vault secret prod/ss-prod-01-kubeconfig.")
    assert api_server.asked == []
