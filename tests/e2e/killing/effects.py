"""Every side effect that the product can have, read from the ports themselves."""

import inspect
from typing import NamedTuple, Protocol, is_protocol

from shared import ports

PORTS: dict[str, type] = {
    "clock": ports.Clock,
    "authority": ports.Authority,
    "trust_roots": ports.TrustRoots,
    "dns": ports.Dns,
    "vault": ports.Vaults,
    "clusters": ports.Clusters,
    "prober": ports.Prober,
    "state.certificates": ports.Journals,
    "queue": ports.Queue,
    "notifier": ports.Notifier,
    "history": ports.History,
    "lease": ports.Lease,
}
"""Each Protocol, by the field of Ports that holds it; `lease` is what journals hand out."""


class Effect(NamedTuple):
    """A method with a side effect, of one port."""

    port: str
    method: str

    def __str__(self) -> str:
        return f"{self.port}.{self.method}"


def methods(protocol: type) -> list[str]:
    """Return the names of a Protocol's own methods."""
    return [name for name, member in vars(protocol).items() if inspect.isfunction(member) and not name.startswith("_")]


def declaration(protocol: type, method: str) -> str:
    """Return what the method's docstring declares it to be: its first word, `Read` or `Effect`."""
    words = (getattr(protocol, method).__doc__ or "").replace(",", ":").split(":")
    return words[0].strip()


def effects() -> list[Effect]:
    """Return every method that is declared an effect."""
    return [
        Effect(port, method)
        for port, protocol in PORTS.items()
        for method in methods(protocol)
        if declaration(protocol, method) == "Effect"
    ]


COMMON = frozenset({Effect("clusters", "apply")})
"""The effect of a renewal that on-boarding a client has too, and that leaves something of the client's own behind where
it is killed. tests/workflows/test_on_board_kills.py kills at every other one, on fakes."""

OF_CLIENTS = frozenset({Effect("vault", "make_password")})
"""The effects of on-boarding a client alone."""

OF_WATCHES = frozenset({Effect("notifier", "send"), Effect("notifier", "ping")})
"""The effects of a watch alone, which notifies people and changes nothing that the others need."""


def effects_of_renewals() -> list[Effect]:
    """Return every effect that no other workflow has for itself: a new one is a renewal's until somebody says whose."""
    return [effect for effect in effects() if effect not in OF_CLIENTS | OF_WATCHES]


def effects_of_on_boarding() -> list[Effect]:
    return [effect for effect in effects() if effect in OF_CLIENTS | COMMON]


def protocols() -> set[type]:
    """Return every Protocol that the module of ports defines."""
    found = {member for _, member in inspect.getmembers(ports, inspect.isclass) if is_protocol(member)}
    return found - {Protocol}
