"""Examine one relay as the runbook's section on testing it does: every replica and port, and nothing is sent.

It takes plain values instead of Ports, so that it runs without the inventory's and the clusters' packages.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from shared.domain.checks import Check
from shared.domain.clients.login import (
    LOGIN_ASKED,
    PLAIN_ASKED,
    WAYS,
    ExpectedServer,
    Login,
    LoginResult,
    LoginWay,
)
from shared.domain.clients.password import Password, generate_password
from shared.domain.clients.plaintext import PlaintextResult
from shared.domain.clients.relay_checks import (
    MOST_REFUSALS,
    ReplicaCheck,
    certificate_check,
    client_checks,
    nobody_check,
    not_tried,
    password_checks,
    plaintext_checks,
    without_login_check,
)
from shared.domain.object_ref import ObjectRef
from shared.domain.serving.open_relay import OpenRelayResult
from shared.domain.serving.probe import Probe, ProbeResult
from shared.prober import Prober

NOBODY = "relaykeeper-nobody"
"""How the names of users begin that are made up for a test: no client may have such a name."""

MADE_UP_USERS = {"unknown-user": "{0}", "user-with-slash": "{0}/{0}", "user-with-dots": "../{0}"}
"""By the check that tries it, the name of a user that cannot exist."""


@dataclass(frozen=True, slots=True)
class ProbeClient:
    """A client that logs in to prove that a relay takes it."""

    user: str
    password: Password


@dataclass(frozen=True, slots=True)
class RelayToExamine:
    """A relay: a probe for each port of each replica, and what should be found there.

    `clients` gives the client that logs in at a replica, by its probes' `pod`; where there is none, only made-up users
    are tried, and without `logins` nobody. `refusals` of such clients came before. Without a `recipient` no mail is
    offered.
    """

    about: ObjectRef
    probes: tuple[Probe, ...]
    expected: ExpectedServer
    clients: Mapping[str, ProbeClient] = field(default_factory=dict)
    recipient: str = ""
    sender: str = ""
    logins: bool = True
    refusals: int = 0


def examine(relay: RelayToExamine, prober: Prober) -> tuple[ReplicaCheck, ...]:
    """Ask every port of every replica, and return the checks in the order of the relay's probes.

    Only where a port presents the expected certificate is a login tried. Each made-up user logs in once at each port,
    its client once by each way, and no client any more after MOST_REFUSALS refusals.
    """
    in_clear = check_in_clear(relay, prober)
    answering = [probe for probe in relay.probes if probe not in in_clear or not in_clear[probe].failure]
    presented = dict(zip(answering, prober.probe(answering), strict=True))
    offers = offer_mail(relay, answering, prober)
    trusted = [probe for probe in answering if relay.logins and is_expected(presented[probe], relay.expected)]
    made_up = log_in_nobody(relay, trusted, prober)
    clients = log_in_clients(relay, trusted, prober)

    def checks_at(probe: Probe) -> Iterator[Check]:
        if probe in in_clear:
            yield from plaintext_checks(relay.about, in_clear[probe])
        if probe not in presented:
            return
        yield certificate_check(relay.about, presented[probe], relay.expected)
        if probe in offers:
            yield without_login_check(relay.about, offers[probe], seen_address(in_clear.get(probe)))
        if not relay.logins:
            return
        if probe not in trusted:
            yield not_tried(relay.about, "no login is tried where the expected certificate is not presented")
            return
        yield from (nobody_check(name, relay.about, made_up[probe, name]) for name in MADE_UP_USERS)
        yield from client_checks(relay.about, clients.get(probe, ()))

    passwords = dict.fromkeys(client.password for client in relay.clients.values())
    return (
        *(ReplicaCheck("", "", None, check) for each in passwords for check in password_checks(relay.about, each)),
        *(
            ReplicaCheck(probe.pod, probe.address, probe.port, check)
            for probe in relay.probes
            for check in checks_at(probe)
        ),
    )


def check_in_clear(relay: RelayToExamine, prober: Prober) -> Mapping[Probe, PlaintextResult]:
    probes = [probe for probe in relay.probes if not probe.implicit]
    return dict(zip(probes, prober.check_plaintext(probes), strict=True))


def seen_address(result: PlaintextResult | None) -> str:
    return result.seen_address if result is not None else ""


def is_expected(result: ProbeResult, expected: ExpectedServer) -> bool:
    return result.thumbprint is not None and not expected.fault(result.chain)


def offer_mail(relay: RelayToExamine, probes: Sequence[Probe], prober: Prober) -> Mapping[Probe, OpenRelayResult]:
    if not relay.recipient:
        return {}
    results = prober.check_open_relay(probes, relay.recipient, relay.sender or relay.recipient)
    return dict(zip(probes, results, strict=True))


def log_in_nobody(
    relay: RelayToExamine, probes: Sequence[Probe], prober: Prober
) -> Mapping[tuple[Probe, str], LoginResult]:
    """Try the made-up users at each port, prompted, because some relays take no initial response."""
    nobody = f"{NOBODY}-{secrets.token_hex(8)}"

    def try_them(where: Sequence[tuple[Probe, str]], way: LoginWay) -> dict[tuple[Probe, str], LoginResult]:
        logins = [
            Login(probe, MADE_UP_USERS[name].format(nobody), generate_password(), way, relay.expected)
            for probe, name in where
        ]
        return dict(zip(where, prober.log_in(logins), strict=True))

    results = try_them(list(product(probes, MADE_UP_USERS)), LOGIN_ASKED)
    without_login = [where for where, result in results.items() if result.reason == "NotOffered"]
    return results | try_them(without_login, PLAIN_ASKED)


def log_in_clients(
    relay: RelayToExamine, probes: Sequence[Probe], prober: Prober
) -> Mapping[Probe, Sequence[LoginResult | LoginWay]]:
    """Log in by each way at each port, one after the other; return the way where it was not tried."""
    found: dict[Probe, list[LoginResult | LoginWay]] = {probe: [] for probe in probes if probe.pod in relay.clients}
    refusals = relay.refusals
    for probe, way in product(found, WAYS):
        if refusals >= MOST_REFUSALS:
            found[probe].append(way)
            continue
        client = relay.clients[probe.pod]
        [result] = prober.log_in([Login(probe, client.user, client.password, way, relay.expected)])
        refusals += result.is_refusal
        found[probe].append(result)
    return found
