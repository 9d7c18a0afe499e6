"""Where a Service's load balancer takes connections, or what to do that it will."""

from typing import Any

import pytest

from shared.adapters.kubernetes.clusters import load_balancer_address
from shared.errors import PermanentError


def service(*ingress: dict[str, str], kind: str = "LoadBalancer") -> dict[str, Any]:
    return {"spec": {"type": kind}, "status": {"loadBalancer": {"ingress": list(ingress)} if ingress else {}}}


@pytest.mark.parametrize(
    ("ingress", "address"),
    [({"ip": "10.0.0.9"}, "10.0.0.9"), ({"hostname": "relay.example.net"}, "relay.example.net")],
)
def test_the_address_or_the_host_name_is_found(ingress: dict[str, str], address: str) -> None:
    assert load_balancer_address("cannot find", service(ingress, {"ip": "10.0.0.10"})) == address


def test_a_service_of_another_type_is_refused() -> None:
    with pytest.raises(PermanentError, match=r"^cannot find: it is of type ClusterIP.*LoadBalancer in the inventory"):
        load_balancer_address("cannot find", service(kind="ClusterIP"))


def test_a_load_balancer_that_never_came_is_explained() -> None:
    with pytest.raises(PermanentError, match="has no address"):
        load_balancer_address("cannot find", service())
