"""Which zone covers a DNS name, and which holds a record."""

from collections.abc import Iterable, Mapping

CHALLENGE = "_acme-challenge."


def challenge_name(dns_name: str) -> str:
    """The name of the TXT record that proves control of a name, or of all names that a wildcard stands for."""
    return f"{CHALLENGE}{dns_name.removeprefix('*.')}"


def covering(dns_name: str, zones: Mapping[str, Iterable[str]]) -> str | None:
    """The zone for the challenge of a certificate's name, or None; `zones` maps each to its `delegated_from`."""
    return enclosing(challenge_name(dns_name), zones)


def enclosing(record: str, zones: Mapping[str, Iterable[str]]) -> str | None:
    """The zone that a record's name lies in, or None. The longest suffix wins, a zone's name or a delegated one."""
    owners = {suffix: zone for zone, delegated in zones.items() for suffix in (zone, *delegated)}
    labels = record.split(".")
    candidates = (".".join(labels[start:]) for start in range(len(labels)))
    return next((owners[suffix] for suffix in candidates if suffix in owners), None)
