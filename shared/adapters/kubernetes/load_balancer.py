"""The address at which a Service's load balancer takes connections.

https://kubernetes.io/docs/concepts/services-networking/service/#loadbalancer
"""

from collections.abc import Mapping
from typing import Any

from shared.errors import PermanentError


def load_balancer(tried: str, service: Mapping[str, Any]) -> str:
    """Return the first address, or host name, of a v1 Service; raises PermanentError if it has none."""
    for ingress in service["status"].get("loadBalancer", {}).get("ingress", ()):
        if address := ingress.get("ip") or ingress.get("hostname"):
            return str(address)
    kind = service["spec"].get("type", "ClusterIP")
    if kind != "LoadBalancer":
        raise PermanentError(
            f"{tried}: it is of type {kind}, which has no load balancer. "
            f"Name one of type LoadBalancer in the inventory, or none where the pods themselves can be reached."
        )
    raise PermanentError(
        f"{tried}: its load balancer has no address. The events that kubectl describe shows of the Service say why."
    )
