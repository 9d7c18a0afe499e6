"""The names of the files in a relay's Secret.

They are templates: `{host}` stands for each DNS name of a certificate, `{version}` for its version in the vault.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from shared.inventory.kubernetes_names import secret_key

type Content = Literal["bundle", "chain", "key", "version"]
"""What one file holds. As PEM: `bundle` key, leaf and intermediates; `chain` leaf and intermediates; `key` the key.
As text without an end of line: `version` the name of the certificate's version in its vault."""

HOST = "{host}"
VERSION = "{version}"
ANY_VERSION = "0" * 32
"""As long as every version of a certificate in Key Vault: 32 hexadecimal digits."""


def check_template(template: str) -> str:
    """The template itself; raises ValueError if no DNS name could make a Secret's key of it."""
    try:
        secret_key(template.replace(HOST, "host").replace(VERSION, ANY_VERSION))
    except ValueError as error:
        raise ValueError(f"{error}; the placeholders are {HOST} and {VERSION}") from error
    return template


def expand(template: str, hosts: Iterable[str], *, first: bool) -> Iterator[str]:
    """The files that a certificate for `hosts` writes into its Secret by one template.

    A template with `{host}` gives one file per DNS name. One without belongs to the first certificate that the relay
    serves from that Secret (`first`): this is how several certificates share a directory beside one `default.pem`.
    `{version}` stays: two templates whose files are the same then would write over each other's versions.
    """
    if HOST in template:
        yield from (template.replace(HOST, host) for host in hosts)
    elif first:
        yield template
