"""Which handshakes prove that a place serves a certificate."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product

from shared.domain.certificates import Leaf, Thumbprint, names_of
from shared.domain.places import Answer, KeyType, Pod, Question
from shared.domain.served import answers_with
from shared.inventory import Certificate, Endpoint, Place, Relay

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


def sample(questions: Sequence[Question], answers: Iterable[Answer], wanted: Thumbprint) -> list[Question]:
    """Choose one question for each replica, while it is waited for: one that was not answered with `wanted` before.

    Behind a Service, which hides the replicas, one in all.
    """
    unproven = {answer.question for answer in answers if not answers_with(wanted, answer)}
    chosen: dict[str, Question] = {}
    for question in sorted(questions, key=lambda each: each not in unproven):
        chosen.setdefault(question.pod, question)
    return list(chosen.values())


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


def with_key_types(questions: Iterable[Question], wanted: Leaf, beside: Iterable[Certificate]) -> list[Question]:
    """Ask for the kind of key of `wanted` where a certificate `beside` it has the same name and another kind of key.

    A relay with both shows a client that takes either only the one that it prefers.
    """
    own = key_type(wanted.key)
    twins = {name for other in beside if key_type(other.key) not in (None, own) for name in other.dns_names}
    shared = wanted.names & twins
    if own is None or not shared:
        return list(questions)
    hosts = {as_host(name) for name in shared}
    return [replace(asked, key=own) if asked.sni is None or asked.sni in hosts else asked for asked in questions]


def key_type(key: str) -> KeyType | None:
    """Return the kind of a key as the inventory names it: `ec-256`, `rsa-2048`; None for others."""
    match key.partition("-")[0]:
        case "ec":
            return "ec"
        case "rsa":
            return "rsa"
    return None


def ask_pods(place: Place, pods: Iterable[Listener], names: Sequence[str | None]) -> list[Question]:
    return [
        question(place.relay, pod, address, port.pod, name, implicit=port.implicit)
        for (pod, address), port, name in product(pods, place.relay.ports, names)
    ]


def ask_service(place: Place, address: str, names: Sequence[str | None], times: int) -> list[Question]:
    who = f"Service {place.relay.service}"
    return [
        question(place.relay, who, address, port.service, name, implicit=port.implicit)
        for port, name, _ in product(place.relay.ports, names, range(times))
    ]


def question(
    relay: Relay,
    who: str,
    address: str,
    port: int,
    name: str | None,
    *,
    implicit: bool,
    resolver: Endpoint | None = None,
) -> Question:
    """Return a question to be put as the relay asks for it."""
    seconds = relay.timeout.total_seconds() if relay.timeout is not None else None
    return Question(who, address, port, name, implicit, resolver, relay.helo, seconds)
