"""Which files a certificate owns in a relay's Secret."""

from collections.abc import Iterable, Mapping

from shared.inventory.relays import Relay, Serves
from shared.inventory.templates import VERSION, Content, expand


def files_of(relay: Relay, serves: Serves, hosts: Iterable[str], version: str) -> Mapping[str, Content]:
    """The files that a version for `hosts` owns in the Secret `serves.secret` of `relay`, and what each holds.

    Of the names that the inventory wants there is at least one file, and no other certificate writes any of them. A
    wildcard, which only an imported version can have here, names no file.
    """
    nameable = [host for host in hosts if not host.startswith("*")]
    first = serves == next(other for other in relay.serves if other.secret == serves.secret)
    return {
        file.replace(VERSION, version): content
        for template, content in relay.files.items()
        for file in expand(template, nameable, first=first)
    }
