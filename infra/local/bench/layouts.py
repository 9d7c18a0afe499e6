"""How a relay finds its certificates: its configuration, and the files of its Secret."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from infra.local.bench.versions import Version
from infra.local.estate import EXAMPLE

REFERENCE = Path(__file__).parents[2] / "mailrelay" / "exim.conf"

SETTINGS = re.compile(r"^tls_certificate = (?:.*\\\n)*.*\n(?:tls_privatekey = .*\n)?", re.MULTILINE)
PLAIN_SETTINGS = """\
tls_certificate = ${lookup {${lc:$tls_in_sni}.pem} dsearch,ret=full {RELAY_ROOT/etc/relay/tls} {$value} \\
                    {RELAY_ROOT/etc/relay/tls/default.pem}}
"""


@dataclass(frozen=True, slots=True)
class Layout:
    """`files` as in the inventory: templates with what each file holds."""

    name: str
    configuration: str
    files: Mapping[str, str]

    def payload(self, host: str, kept: Sequence[Version]) -> dict[str, bytes]:
        """Return what the Secret holds: the last version of `kept`, and of the others what has a name of its own."""
        return {
            template.replace("{host}", host).replace("{version}", version.name): content(version, kind)
            for version in kept
            for template, kind in self.files.items()
        }


def content(version: Version, kind: str) -> bytes:
    contents = {
        "bundle": version.key + version.pem,
        "chain": version.pem,
        "key": version.key,
        "version": version.name.encode(),
    }
    return contents[kind]


def reference() -> Layout:
    """The reference relay, as the example inventory keeps it supplied."""
    example = yaml.safe_load(EXAMPLE.read_text())
    return Layout("the reference relay", REFERENCE.read_text(), example["relays"]["dev"]["files"])


def plain() -> Layout:
    """The peer: one file for each host, and one for the rest, whose content changes."""
    configuration, changed = SETTINGS.subn(lambda _: PLAIN_SETTINGS, REFERENCE.read_text())
    if changed != 1:
        raise ValueError(f"{REFERENCE} does not set tls_certificate once, with tls_privatekey below it if at all")
    return Layout("one file a host, overwritten", configuration, {"{host}.pem": "bundle", "default.pem": "bundle"})
