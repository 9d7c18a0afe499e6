"""Versions of a certificate to swap, and how a relay finds them: its configuration, and the files of its Secret.

Each has a key of its own, and two in a row have different issuers: a chain of one version's leaf and another's issuer
would be seen, as when an authority changes its intermediate.
"""

import hashlib
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from infra.local.bench.session import Chain
from infra.local.example_inventory import EXAMPLE
from infra.local.pki import Authority
from shared.domain.serving.tls_secret import OPAQUE, SecretApply
from shared.ports import Ports


@dataclass(frozen=True, slots=True)
class Version:
    """`name` is one as Key Vault gives: 32 hex digits. `chain` is what a handshake must return."""

    name: str
    key: bytes = field(repr=False)
    pem: bytes = field(repr=False)
    chain: Chain


def versions(host: str, folder: Path) -> Iterator[Version]:
    """Yield versions without end; their files are left in `folder`."""
    authorities = [Authority.create(folder, name) for name in ("east", "west")]
    while True:
        for authority in authorities:
            yield version(host, authority)


def version(host: str, authority: Authority) -> Version:
    pair = authority.issue(host, names=[host])
    pem = pair.certificate.read_bytes() + authority.path.read_bytes()
    return Version(secrets.token_hex(16), pair.key.read_bytes(), pem, chain_of(pem))


def chain_of(pem: bytes) -> Chain:
    """Return what a handshake must return of a server with these certificates."""
    return tuple(
        hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
        for certificate in x509.load_pem_x509_certificates(pem)
    )


NAMESPACE, NAME = "mailrelay", "relay-tls"


def write(ports: Ports, cluster: str, files: Mapping[str, bytes]) -> None:
    """Apply these files beside those that others own; earlier ones of ours that are not among them go."""
    part = SecretApply(
        namespace=NAMESPACE,
        name=NAME,
        type=OPAQUE,
        files=files,
        annotations={},
        field_manager="relaykeeper/bench",
        resource_version=None,
    )
    ports.clusters.apply(cluster, part)


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
