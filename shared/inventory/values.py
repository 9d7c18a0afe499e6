"""Small values that are written as one text with slashes."""

from dataclasses import dataclass
from typing import Literal

from shared.inventory import kubernetes_names, names


@dataclass(frozen=True, slots=True)
class SecretReference:
    """A secret in a vault, written `VAULT/SECRET`; `vault` is the vault's name in the inventory."""

    vault: str
    name: str

    def __str__(self) -> str:
        return f"{self.vault}/{self.name}"


@dataclass(frozen=True, slots=True)
class Workload:
    """The workload that runs a relay, written `namespace/kind/name`."""

    namespace: str
    kind: Literal["statefulset", "deployment"]
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.kind}/{self.name}"


def secret_reference(text: str) -> SecretReference:
    """Read `VAULT/SECRET`; raises ValueError."""
    vault, _, name = text.partition("/")
    try:
        return SecretReference(names.dns_label(vault), names.key_vault_name(name))
    except ValueError as error:
        raise ValueError(
            "is not VAULT/SECRET, a vault of this inventory and a name of letters, digits and dashes; allowed is for "
            "example prod/letsencrypt-account-key"
        ) from error


def workload(text: str) -> Workload:
    """Read `namespace/kind/name`; raises ValueError."""
    match text.split("/"):
        case [namespace, "statefulset" | "deployment" as kind, name]:
            try:
                return Workload(names.dns_label(namespace), kind, kubernetes_names.dns_subdomain(name))
            except ValueError as error:
                raise ValueError(f"holds a namespace or name that {error}") from error
    raise ValueError(
        "is not a workload; allowed are namespace/statefulset/name and namespace/deployment/name, for example "
        "mailrelay/statefulset/mailrelay"
    )
