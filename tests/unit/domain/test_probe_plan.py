"""Which handshakes prove that a place serves a certificate."""

import random
from dataclasses import replace

import pytest

from shared.domain.serving.place_observation import Pod
from shared.domain.serving.probe import ProbeResult
from shared.domain.serving.probe_plan import full_probes, handshakes_for, quick_probes, sample_probes, with_key_types
from tests.fakes.inventory import HOST, certificate, place
from tests.fakes.leaves import leaf

LEAF = leaf(names=(HOST, "*.mail.example.net"))
PODS = (Pod("mailrelay-0", "10.0.0.1", True), Pod("mailrelay-1", "10.0.0.2", True))


def test_each_replica_is_asked_on_each_port_for_each_name_and_without_one() -> None:
    wanted = certificate().model_copy(update={"dns_names": (HOST, "*.mail.example.net")})
    asked = full_probes(wanted, LEAF, place(ports=[25, 587]), PODS, None)

    assert {(q.pod, q.address, q.port, q.sni) for q in asked} == {
        (pod.name, pod.address, port, name)
        for pod in PODS
        for port in (25, 587)
        for name in (HOST, "relaykeeper-probe.mail.example.net", None)
    }


def test_a_look_in_passing_asks_each_replica_once_on_each_port() -> None:
    asked = quick_probes(certificate(), LEAF, place(ports=[25, 587]), PODS, None)
    assert len(asked) == 4
    assert {question.sni for question in asked} == {HOST}


def test_pods_are_asked_on_their_own_ports_and_a_service_on_its() -> None:
    at = place(ports=["8025/25", "8465/465"], service="mailrelay")
    own = quick_probes(certificate(), LEAF, at, PODS, None)
    assert [(q.port, q.implicit) for q in own[:2]] == [(8025, False), (8465, True)]

    behind = quick_probes(certificate(), LEAF, at, PODS, "192.0.2.1")
    assert {(q.pod, q.address, q.port) for q in behind} == {
        ("Service mailrelay", "192.0.2.1", 25),
        ("Service mailrelay", "192.0.2.1", 465),
    }


def test_pods_that_are_not_ready_are_not_asked() -> None:
    pods = (PODS[0], Pod("mailrelay-1", "10.0.0.2", False), Pod("mailrelay-2", None, True))
    assert {question.pod for question in quick_probes(certificate(), LEAF, place(), pods, None)} == {"mailrelay-0"}


@pytest.mark.parametrize(("replicas", "handshakes"), [(0, 0), (1, 1), (2, 8), (3, 15)])
def test_a_service_is_asked_as_often_as_it_takes(replicas: int, handshakes: int) -> None:
    assert handshakes_for(replicas) == handshakes


@pytest.mark.parametrize("replicas", [2, 3, 5, 10])
def test_fewer_than_one_in_a_hundred_proofs_by_a_service_misses_a_replica(replicas: int) -> None:
    chance = random.Random(replicas)  # noqa: S311 a simulation
    asked = [{chance.randrange(replicas) for _ in range(handshakes_for(replicas))} for _ in range(4000)]
    assert sum(len(met) < replicas for met in asked) <= 0.015 * len(asked)


def test_a_sample_asks_each_replica_one_question_that_was_not_proven_before() -> None:
    asked = full_probes(certificate(), LEAF, place(ports=[25, 587]), PODS, None)
    proven = [ProbeResult(question, LEAF.thumbprint) for question in asked]
    odd = next(q for q in asked if q.pod == "mailrelay-1" and q.port == 587 and q.sni is None)
    last = [replace(a, thumbprint=None) if a.probe == odd else a for a in proven]

    first = sample_probes(asked, (), LEAF.thumbprint)
    then = sample_probes(asked, last, LEAF.thumbprint)

    assert {question.pod for question in first} == {pod.name for pod in PODS}
    assert len(first) == len(then) == 2
    assert odd in then
    assert len(sample_probes([replace(question, pod="Service relay") for question in asked], (), LEAF.thumbprint)) == 1


def test_each_question_carries_what_the_relay_says_of_probes() -> None:
    at = place(helo="probe.example.net", timeout=30)
    for questions in (full_probes, quick_probes):
        asked = questions(certificate(), LEAF, at, PODS, None)
        assert {(question.helo, question.seconds) for question in asked} == {("probe.example.net", 30.0)}
    [plain] = {(question.helo, question.seconds) for question in quick_probes(certificate(), LEAF, place(), PODS, None)}
    assert plain == (None, None)


@pytest.mark.parametrize(
    ("own", "other", "names", "asked_for"),
    [
        ("ec-256", "rsa-2048", (HOST,), {HOST: "ec", None: "ec", "relaykeeper-probe.mail.example.net": None}),
        ("rsa-3072", "ec-384", ("*.mail.example.net",), {"relaykeeper-probe.mail.example.net": "rsa", HOST: None}),
        ("ec-256", "ec-384", (HOST,), {HOST: None, None: None}),
        ("ec-256", "rsa-2048", ("other.example.net",), {HOST: None, None: None}),
    ],
)
def test_a_probe_asks_for_the_key_type_if_another_certificate_has_the_name_and_another_type(
    own: str, other: str, names: tuple[str, ...], asked_for: dict[str | None, str | None]
) -> None:
    wanted = replace(LEAF, key=own)
    beside = certificate().model_copy(update={"dns_names": names, "key": other})
    asked = with_key_types(full_probes(certificate(), LEAF, place(), PODS, None), wanted, [beside])

    kinds = {question.sni: question.key for question in asked}
    assert {name: kinds[name] for name in asked_for} == asked_for
