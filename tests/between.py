"""Put something between the workflows and their ports."""

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from operator import attrgetter
from typing import Any

from shared.ports import VALUES, Ports, State

JOURNALS = tuple(f"state.{field.name}" for field in fields(State))
"""The journals of each kind, as `port_named` takes them."""

PORTS = (*(field.name for field in fields(Ports) if field.name not in VALUES), *JOURNALS)
"""Every port, a new one too."""


def port_named(ports: Ports, name: str) -> Any:
    return attrgetter(name)(ports)


def put_between(ports: Ports, names: Iterable[str], wrap: Callable[[str, Any], Any]) -> Ports:
    """Return the same ports, but for each of `names` what `wrap` makes of the name and the port."""
    wrapped = {name: wrap(name, port_named(ports, name)) for name in names}
    journals: dict[str, Any] = {
        name.removeprefix("state."): port for name, port in wrapped.items() if name.startswith("state.")
    }
    others: dict[str, Any] = {name: port for name, port in wrapped.items() if not name.startswith("state.")}
    return replace(ports, state=replace(ports.state, **journals), **others)
