"""Which handshakes prove that a place serves a certificate."""

from collections.abc import Iterable
from itertools import product

from shared.domain.inventory import Certificate, Place
from shared.domain.places import Pod, Question


def every_question(certificate: Certificate, place: Place, pods: Iterable[Pod]) -> list[Question]:
    """Ask each Ready pod on each port for each DNS name; without SNI too, if clients without SNI are to get this one.

    A wildcard is asked for as a host that it covers.
    """
    names: list[str | None] = [name.replace("*", "relaykeeper-probe") for name in certificate.dns_names]
    if place.relay.first == certificate.name:
        names.append(None)
    return ask(place, pods, names)


def one_question(certificate: Certificate, place: Place, pods: Iterable[Pod]) -> list[Question]:
    """Ask each Ready pod on each port for the first DNS name: enough for a look in passing."""
    return ask(place, pods, [certificate.dns_names[0].replace("*", "relaykeeper-probe")])


def ask(place: Place, pods: Iterable[Pod], names: Iterable[str | None]) -> list[Question]:
    return [
        Question(pod.name, pod.address, port, name)
        for pod, port, name in product(pods, place.relay.ports, names)
        if pod.ready and pod.address is not None
    ]
