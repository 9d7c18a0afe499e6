"""The types of single fields: text that was checked, and small values that were read from text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticKnownError

from shared.domain.inventory import endpoints, names
from shared.domain.inventory.templates import check_template

T = TypeVar("T")


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
                return Workload(names.dns_label(namespace), kind, names.dns_subdomain(name))
            except ValueError as error:
                raise ValueError(f"holds a namespace or name that {error}") from error
    raise ValueError(
        "is not a workload; allowed are namespace/statefulset/name and namespace/deployment/name, for example "
        "mailrelay/statefulset/mailrelay"
    )


def _read[T](parse: Callable[[str], T]) -> PlainValidator:
    def read(value: object) -> T:
        if not isinstance(value, str):
            raise PydanticKnownError("string_type")
        return parse(value)

    return PlainValidator(read)


def _text(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern})


UNIQUE: dict[str, Any] = {"uniqueItems": True}

Entries = Annotated[Mapping[str, T], AfterValidator(MappingProxyType)]
EntryName = SkipJsonSchema[Annotated[str, AfterValidator(names.dns_label)]]
ZoneName = SkipJsonSchema[Annotated[str, AfterValidator(names.dns_name)]]
CertificateName = SkipJsonSchema[Annotated[str, AfterValidator(names.key_vault_name)]]

DnsName = Annotated[str, AfterValidator(names.dns_name), _text(names.DNS_NAME)]
CertificateDnsName = Annotated[str, AfterValidator(names.certificate_dns_name), _text(names.DNS_NAME)]
Subscription = Annotated[str, AfterValidator(names.subscription), _text(names.SUBSCRIPTION)]
ResourceGroup = Annotated[str, AfterValidator(names.resource_group), _text(names.RESOURCE_GROUP)]
SecretName = Annotated[str, AfterValidator(names.dns_subdomain), _text(names.DNS_SUBDOMAIN)]
HttpsUrl = Annotated[str, AfterValidator(endpoints.https_url), _text("^https://")]
VaultUrl = Annotated[str, AfterValidator(endpoints.vault_url), _text("^https://[^/]+/?$")]
NameServer = Annotated[endpoints.Endpoint, _read(endpoints.endpoint), _text(endpoints.ENDPOINT)]
SecretRef = Annotated[SecretReference, _read(secret_reference), _text("^[^/]+/[0-9a-zA-Z-]{1,127}$")]
WorkloadRef = Annotated[Workload, _read(workload), _text("^[^/]+/(statefulset|deployment)/[^/]+$")]
Port = Annotated[int, Field(strict=True, ge=1, le=endpoints.HIGHEST_PORT)]
FileTemplate = Annotated[str, AfterValidator(check_template)]
