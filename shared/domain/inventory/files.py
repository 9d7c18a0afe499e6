"""Which files a certificate owns in a relay's Secret."""

from collections.abc import Mapping

from shared.domain.inventory.certificates import Certificate
from shared.domain.inventory.relays import Relay, Serves
from shared.domain.inventory.templates import VERSION, Content, expand


def files_of(relay: Relay, serves: Serves, certificate: Certificate, version: str) -> Mapping[str, Content]:
    """The files that a version of `certificate` owns in the Secret `serves.secret` of `relay`, and what each holds.

    In a parsed inventory there is at least one, and no other certificate writes any of them.
    """
    first = serves == next(other for other in relay.serves if other.secret == serves.secret)
    return {
        file.replace(VERSION, version): content
        for template, content in relay.files.items()
        for file in expand(template, certificate.dns_names, first=first)
    }
