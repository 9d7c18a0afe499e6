"""What a pod template says about restarts."""

from typing import Any

import pytest

from shared.adapters.kubernetes.rollouts import missing_for_restart, secrets_without_updates

PROBED = {"readinessProbe": {"tcpSocket": {"port": 25}}}
PATIENT = {"lifecycle": {"preStop": {"sleep": {"seconds": 5}}}}
SMTP = {"ports": [{"containerPort": 25}]}


def template(*containers: dict[str, Any], volumes: list[dict[str, Any]] | None = None, **spec: Any) -> dict[str, Any]:
    return {"spec": {"containers": list(containers), "volumes": volumes or []} | spec}


def secret(volume: str, name: str) -> dict[str, Any]:
    return {"name": volume, "secret": {"secretName": name}}


def mounting(volume: str, **how: str) -> dict[str, Any]:
    return {"name": "exim", "volumeMounts": [{"name": volume, "mountPath": "/etc/relay"} | how]}


def test_a_secret_that_is_mounted_whole_is_seen_changing() -> None:
    assert secrets_without_updates(template(mounting("tls"), volumes=[secret("tls", "relay-tls")])) == frozenset()


@pytest.mark.parametrize("how", [{"subPath": "tls.crt"}, {"subPathExpr": "$(HOST).pem"}])
def test_a_secret_of_which_one_file_is_mounted_is_fixed(how: dict[str, str]) -> None:
    volumes = [secret("tls", "relay-tls"), secret("clients", "relay-clients")]

    assert secrets_without_updates(template(mounting("tls", **how), volumes=volumes)) == {"relay-tls"}


def test_projected_secrets_are_fixed_with_their_volume() -> None:
    sources: list[dict[str, Any]] = [
        {"secret": {"name": "relay-tls"}},
        {"configMap": {"name": "relay"}},
        {"secret": {"name": "relay-clients"}},
    ]
    volumes = [{"name": "all", "projected": {"sources": sources}}]

    assert secrets_without_updates(template(mounting("all", subPath="tls"), volumes=volumes)) == {
        "relay-tls",
        "relay-clients",
    }


def test_an_init_container_has_ended_before_anything_changes() -> None:
    volumes = [secret("tls", "relay-tls")]

    assert (
        secrets_without_updates(
            template({"name": "exim"}, volumes=volumes, initContainers=[mounting("tls", subPath="x")])
        )
        == set()
    )


def test_a_mount_of_something_else_fixes_no_secret() -> None:
    empty = {"name": "spool", "emptyDir": {}}

    assert secrets_without_updates(template(mounting("spool", subPath="x"), volumes=[empty])) == set()
    assert secrets_without_updates(template(mounting("claimed-by-the-statefulset", subPath="x"))) == set()


@pytest.mark.parametrize(
    ("container", "missing"),
    [
        (SMTP | PROBED | PATIENT, ()),
        (SMTP | PATIENT, ("readinessProbe",)),
        (SMTP | PROBED, ("preStop",)),
        (SMTP | PROBED | {"lifecycle": {"postStart": {}}}, ("preStop",)),
        (SMTP, ("readinessProbe", "preStop")),
    ],
)
def test_what_a_restart_without_failed_sessions_needs_is_named(
    container: dict[str, Any], missing: tuple[str, ...]
) -> None:
    assert missing_for_restart(template(container)) == missing


def test_a_container_without_ports_beside_one_with_ports_is_a_sidecar() -> None:
    assert missing_for_restart(template(SMTP | PROBED | PATIENT, {"name": "log-shipper"})) == ()


def test_every_container_that_serves_counts() -> None:
    assert missing_for_restart(template(SMTP | PROBED | PATIENT, SMTP | PROBED)) == ("preStop",)


def test_where_no_container_declares_ports_each_may_serve() -> None:
    assert missing_for_restart(template(PROBED | PATIENT, PATIENT)) == ("readinessProbe",)
