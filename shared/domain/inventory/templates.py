"""The names of the files in a relay's Secret: templates in which `{host}` stands for each DNS name of a certificate."""

from collections.abc import Iterable, Iterator
from typing import Literal

from shared.domain.inventory.names import secret_key

type Content = Literal["bundle", "chain", "key"]
"""What one file holds as PEM: `bundle` key, leaf and intermediates; `chain` leaf and intermediates; `key` the key."""

HOST = "{host}"
VERSION = "{version}"


def check_template(template: str) -> str:
    """The template itself; raises ValueError if no DNS name could make a Secret's key of it."""
    try:
        secret_key(template.replace(HOST, "host"))
    except ValueError as error:
        raise ValueError(f"{error}; the one placeholder is {HOST}") from error
    return template


def expand(template: str, hosts: Iterable[str], *, first: bool) -> Iterator[str]:
    """The files that a certificate for `hosts` writes into its Secret by one template.

    A template with `{host}` gives one file per DNS name. One without belongs to the first certificate that the relay
    serves from that Secret (`first`): this is how several certificates share a directory beside one `default.pem`.
    """
    if HOST in template:
        yield from (template.replace(HOST, host) for host in hosts)
    elif first:
        yield template
