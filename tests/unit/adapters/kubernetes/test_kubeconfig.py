"""A kubeconfig is hostile input: all but a server, a CA and a credential is refused, and nothing of it is quoted."""

import base64
import traceback
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.kubernetes.kubeconfig import REFUSED_FIELDS, Kubeconfig, KubeconfigError, read_kubeconfig

OF_CLUSTER = ("insecure-skip-tls-verify", "proxy-url", "tls-server-name")
CANARY = "canary-that-must-not-sing"
SERVER = "https://ss-prod-01.example.net:443"


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def document(user: dict[str, Any] | None = None, **cluster: Any) -> dict[str, Any]:
    """Return a kubeconfig with a token, unless `user` says otherwise, and these fields of its cluster."""
    server = {"server": SERVER, "certificate-authority-data": in_base64("CA")} | cluster
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "relay",
        "contexts": [{"name": "relay", "context": {"cluster": "prod", "user": "us", "namespace": "mailrelay"}}],
        "clusters": [{"name": "other", "cluster": {}}, {"name": "prod", "cluster": server}],
        "users": [{"name": "us", "user": {"token": CANARY} if user is None else user}],
    }


def read(kubeconfig: dict[str, Any]) -> Kubeconfig:
    return read_kubeconfig(yaml.safe_dump(kubeconfig))


def refused(text: str) -> str:
    """Return why, having searched the whole trace for what must not be quoted."""
    with pytest.raises(KubeconfigError) as raised:
        read_kubeconfig(text)
    trace = "".join(traceback.format_exception(raised.value))
    assert CANARY not in trace
    assert in_base64(CANARY) not in trace
    return str(raised.value)


def test_the_current_context_gives_server_ca_and_token() -> None:
    assert read(document()) == Kubeconfig(SERVER, ca="CA", token=CANARY, certificate=None, key=None)


def test_a_client_certificate_comes_with_its_key_and_may_come_with_a_token() -> None:
    pair = {"client-certificate-data": in_base64("CERTIFICATE"), "client-key-data": in_base64("KEY")}

    assert read(document(pair)) == Kubeconfig(SERVER, "CA", token=None, certificate="CERTIFICATE", key="KEY")
    assert read(document(pair | {"token": "both"})) == Kubeconfig(SERVER, "CA", "both", "CERTIFICATE", "KEY")


def test_a_token_of_digits_is_text() -> None:
    assert read(document({"token": "0123"})).token == "0123"  # noqa: S105


def test_nothing_of_it_is_in_its_repr() -> None:
    assert repr(read(document())) == f"Kubeconfig(server='{SERVER}')"


@pytest.mark.parametrize(
    ("user", "why"),
    [
        ({"exec": {"command": CANARY}}, "runs a program"),
        ({"auth-provider": {"name": CANARY}}, "logs in through a plug-in"),
        ({"token": CANARY, "tokenFile": CANARY}, r"names a file (tokenFile)"),
        ({"client-certificate": CANARY, "client-key": CANARY}, "names a file (client-certificate)"),
        ({"client-certificate-data": in_base64(CANARY), "client-key": CANARY}, "names a file (client-key)"),
        ({"username": CANARY, "password": CANARY}, "has a password"),
        ({"token": CANARY, "as": CANARY}, "acts as somebody else"),
        ({"token": CANARY, CANARY: CANARY}, "a field that we do not know"),
        ({"client-certificate-data": in_base64(CANARY)}, "come together or not at all"),
        ({"client-key-data": in_base64(CANARY), "token": CANARY}, "come together or not at all"),
        ({"client-certificate-data": CANARY, "client-key-data": CANARY}, "is not PEM in base64"),
        ({}, "neither token nor client-certificate-data"),
        ({"token": ""}, "neither token nor client-certificate-data"),
        ({"token": None}, "neither token nor client-certificate-data"),
        ({"client-certificate-data": in_base64(CANARY), "client-key-data": ""}, "come together or not at all"),
        ({"token": CANARY, "exec": False, "username": CANARY}, "has a password"),
        ({"token": f"{CANARY}\nX-Injected: header"}, "characters that no token has"),
        ({"token": f"{CANARY} ü"}, "characters that no token has"),
        ({"token": [CANARY]}, "it has no token"),
    ],
)
def test_another_credential_than_a_token_or_a_certificate_is_refused(user: dict[str, Any], why: str) -> None:
    assert why in refused(yaml.safe_dump(document(user)))


@pytest.mark.parametrize(
    ("cluster", "why"),
    [
        ({"server": "http://ss-prod-01.example.net"}, "plain https URL"),
        ({"server": f"https://user:{CANARY}@ss-prod-01.example.net"}, "plain https URL"),
        ({"server": f"https://ss-prod-01.example.net/?{CANARY}"}, "plain https URL"),
        ({"server": f"https://ss-prod-01.example.net/\n{CANARY}"}, "plain https URL"),
        ({"server": "https://"}, "plain https URL"),
        ({"certificate-authority": f"/etc/{CANARY}"}, "names a file (certificate-authority)"),
        ({"insecure-skip-tls-verify": True}, "would trust any server"),
        ({"insecure-skip-tls-verify": "yes"}, "would trust any server"),
        ({"certificate-authority-data": None}, "it has no certificate-authority-data"),
        ({"server": ""}, "it has no server"),
        ({"proxy-url": f"http://{CANARY}"}, "through a proxy"),
        ({"tls-server-name": CANARY}, "another name"),
        ({"certificate-authority-data": "%"}, "is not PEM in base64"),
        ({"certificate-authority-data": ""}, "it has no certificate-authority-data"),
    ],
)
def test_a_server_that_cannot_be_trusted_is_refused(cluster: dict[str, Any], why: str) -> None:
    assert why in refused(yaml.safe_dump(document(**cluster)))


@pytest.mark.parametrize("unset", [False, "", None, [], {}], ids=repr)
def test_what_kubectl_takes_as_not_set_is_not_refused(unset: object) -> None:
    of_user = [name for name in REFUSED_FIELDS if name not in {"certificate-authority", *OF_CLUSTER}]
    user = dict.fromkeys([*of_user, "client-certificate-data", "client-key-data", "as-groups", "as-uid"], unset)

    found = read(document({"token": CANARY, **user}, **dict.fromkeys(["certificate-authority", *OF_CLUSTER], unset)))

    assert found == Kubeconfig(SERVER, ca="CA", token=CANARY, certificate=None, key=None)


@pytest.mark.parametrize("written", ["false", "False", "FALSE", "''", "", "~", "null", '"false"'])
def test_not_set_is_written_in_many_ways(written: str) -> None:
    text = yaml.safe_dump(document(None, **{"insecure-skip-tls-verify": CANARY})).replace(
        f"insecure-skip-tls-verify: {CANARY}", f"insecure-skip-tls-verify: {written}"
    )

    assert read_kubeconfig(text).server == SERVER


@pytest.mark.parametrize(
    "server", ["https://10.0.0.1", "https://[fd00::1]:6443", "https://rancher.example.net/k8s/c-1"]
)
def test_servers_are_named_or_numbered(server: str) -> None:
    assert read(document(server=server)).server == server


@pytest.mark.parametrize(
    ("missing", "why"),
    [
        ("current-context", "it has no current-context"),
        ("contexts", "the context that it refers to is not there"),
        ("clusters", "the cluster that it refers to is not there"),
        ("users", "the user that it refers to is not there"),
    ],
)
def test_an_incomplete_one_is_refused(missing: str, why: str) -> None:
    whole = document()
    del whole[missing]

    assert refused(yaml.safe_dump(whole)) == why


@pytest.mark.parametrize(
    "text",
    [
        "",
        CANARY,
        f"- {CANARY}",
        f"users: {CANARY}\ncurrent-context: x",
        f"token: {CANARY}: {CANARY}",
        f"!!python/object/apply:os.system [{CANARY}]",
        "[" * 20_000 + CANARY,
        f"a: *{CANARY}",
        f"{CANARY}: 1\n---\n{CANARY}: 2",
        f"? [{CANARY}]\n: {CANARY}",
        f"current-context: x\ncontexts: [{CANARY}]",
        f"\x00{CANARY}",
    ],
)
def test_what_is_no_kubeconfig_is_refused(text: str) -> None:
    assert refused(text)


@given(st.text())
def test_junk_is_refused_and_raises_nothing_else(text: str) -> None:
    assert refused(text)
