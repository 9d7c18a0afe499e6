"""Which zone covers a DNS name."""

from collections.abc import Iterable, Mapping


def covering(dns_name: str, zones: Mapping[str, Iterable[str]]) -> str | None:
    """The zone that answers for `_acme-challenge.<dns_name>`, or None; `zones` maps each to its `delegated_from`.

    The longest suffix wins, be it a zone's name or a delegated one. No zone bears the `*` of a wildcard.
    """
    owners = {suffix: zone for zone, delegated in zones.items() for suffix in (zone, *delegated)}
    labels = dns_name.split(".")
    candidates = (".".join(labels[start:]) for start in range(len(labels)))
    return next((owners[suffix] for suffix in candidates if suffix in owners), None)
