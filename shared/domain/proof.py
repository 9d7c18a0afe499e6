"""Which handshakes prove that a place serves a certificate."""

import math
from collections.abc import Iterable, Sequence
from itertools import product

from shared.domain.certificates import Leaf, names_of
from shared.domain.inventory import Certificate, Place
from shared.domain.places import Pod, Question

OVERLOOKED = 0.01
"""How likely it may be that a replica behind a Service's address was never asked."""

type Listener = tuple[str, str]
"""Who answers, and at which address."""


def every_question(
    certificate: Certificate, wanted: Leaf, place: Place, pods: Iterable[Pod], service: str | None
) -> list[Question]:
    """Ask each Ready pod on each port for each of the leaf's names; without SNI too, if that is to give this one.

    Where `service` (an address) stands before the pods, ask there as often as it takes to meet each of them. A wildcard
    is asked for as a host that it covers.
    """
    names: list[str | None] = [*hosts(certificate, wanted)]
    if place.relay.first == certificate.name:
        names.append(None)
    ready = listeners(pods)
    if service is None:
        return ask_pods(place, ready, names)
    return ask_service(place, service, names, times=handshakes_for(len(ready)))


def one_question(
    certificate: Certificate, wanted: Leaf, place: Place, pods: Iterable[Pod], service: str | None
) -> list[Question]:
    """Ask each Ready pod on each port for the leaf's first name: enough for a look in passing."""
    names = hosts(certificate, wanted)[:1]
    ready = listeners(pods)
    return ask_pods(place, ready, names) if service is None else ask_service(place, service, names, times=len(ready))


def handshakes_for(replicas: int) -> int:
    """Return how many handshakes meet each of `replicas` but for one case in a hundred.

    Each handshake goes to any replica with the same chance: some replica is missed by `n` handshakes with a chance of
    at most `replicas * (1 - 1 / replicas) ** n`. Two replicas take 8, three take 15.
    """
    if replicas <= 1:
        return replicas
    return math.ceil(math.log(OVERLOOKED / replicas) / math.log(1 - 1 / replicas))


def hosts(certificate: Certificate, leaf: Leaf) -> list[str]:
    return [as_host(name) for name in names_of(leaf, certificate.dns_names)]


def as_host(name: str) -> str:
    return name.replace("*", "relaykeeper-probe")


def listeners(pods: Iterable[Pod]) -> list[Listener]:
    return [(pod.name, pod.address) for pod in pods if pod.ready and pod.address is not None]


def ask_pods(place: Place, pods: Iterable[Listener], names: Sequence[str | None]) -> list[Question]:
    return [
        Question(pod, address, port.pod, name, port.implicit)
        for (pod, address), port, name in product(pods, place.relay.ports, names)
    ]


def ask_service(place: Place, address: str, names: Sequence[str | None], times: int) -> list[Question]:
    who = f"Service {place.relay.service}"
    return [
        Question(who, address, port.service, name, port.implicit)
        for port, name, _ in product(place.relay.ports, names, range(times))
    ]
