"""The types of single fields: checked text, and small values that are read from text.

Functions that read text raise ValueError with a sentence that follows the text.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError, PydanticKnownError

from shared.endpoint import HIGHEST_PORT, Endpoint
from shared.inventory import endpoints, names
from shared.inventory.endpoints import MAILBOX, MAPPED_PORT, RelayPort, mapped_port
from shared.inventory.hours import Hours, hours
from shared.labels import LABEL_KEY, LABEL_VALUE, MOST_LABELS, label_key, label_value
from shared.text import one_line
from shared.yaml_tree import AmbiguousScalar

T = TypeVar("T")

ENTRY_CONFIG = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
UNIQUE: dict[str, Any] = {"uniqueItems": True}

_HOURS = r"^([A-Z][a-z]{2}([-,][A-Z][a-z]{2})* )?[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9] [A-Z]\S+$"
_MOMENT = r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[-+][0-9]{2}:[0-9]{2})$"


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
    """Read `VAULT/SECRET`."""
    vault, _, name = text.partition("/")
    try:
        return SecretReference(names.dns_label(vault), names.key_vault_name(name))
    except ValueError as error:
        raise ValueError(
            "is not VAULT/SECRET, a vault of this inventory and a name of letters, digits and dashes; allowed is for "
            "example prod/letsencrypt-account-key"
        ) from error


def workload(text: str) -> Workload:
    """Read `namespace/kind/name`."""
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


def read_moment(text: str) -> datetime:
    """Read a moment of this century (RFC 3339), seconds optional, into UTC."""
    if names.fits(_MOMENT, text):
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except ValueError:
            pass
    raise ValueError(
        "is not a moment of this century with its time zone; allowed are for example 2026-12-01T08:00:00Z and "
        "2026-12-01T08:00+01:00"
    )


def freeze_reason(text: str) -> str:
    """Words, joined to one line."""
    if (words := one_line(" ".join(text.split()))) is not None:
        return words
    raise ValueError("is no reason; write one that can be seen, for those who read the state")


def _given(value: object) -> object:
    """Refuse an empty value: an optional field is left out, or has a value."""
    if value is None:
        raise PydanticCustomError("empty", "is empty")
    return value


def _one_or_several(value: object) -> object:
    """Take a single text for a list of one."""
    return (value,) if isinstance(value, str) else _given(value)


def _moment_or_date(value: object) -> datetime:
    """Read a moment, in quotes or without: YAML takes the latter for a date of its own."""
    if not isinstance(value, str | AmbiguousScalar):
        raise PydanticKnownError("string_type")
    return read_moment(str(value))


def _relay_port(value: object) -> RelayPort:
    """Read one port as a number, or the ports of pods and Service as text."""
    if isinstance(value, str):
        return mapped_port(value)
    port = _whole_number(value, 1, HIGHEST_PORT)
    return RelayPort(port, port)


def _whole_number(value: object, least: int, most: int) -> int:
    if not isinstance(value, int):
        raise PydanticKnownError("int_type")
    if value < least:
        raise PydanticKnownError("greater_than_equal", {"ge": least})
    if value > most:
        raise PydanticKnownError("less_than_equal", {"le": most})
    return value


def _read_by[V](parse: Callable[[str], V]) -> PlainValidator:
    """Read text by `parse`, which raises ValueError for what it does not take."""

    def read(value: object) -> V:
        if not isinstance(value, str):
            raise PydanticKnownError("string_type")
        return parse(value)

    return PlainValidator(read)


def _seconds(least: int, most: int) -> PlainValidator:
    """Read a whole number of seconds."""

    def read(value: object) -> timedelta:
        return timedelta(seconds=_whole_number(value, least, most))

    return PlainValidator(read)


def _days(least: int, most: int) -> PlainValidator:
    """Read a whole number of days."""

    def read(value: object) -> timedelta:
        return timedelta(days=_whole_number(value, least, most))

    return PlainValidator(read)


def _text(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern})


def _number(least: int, most: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "maximum": most}


ByName = Annotated[Mapping[str, T], AfterValidator(MappingProxyType)]
Given = Annotated[T | None, BeforeValidator(_given)]
EntryName = SkipJsonSchema[Annotated[str, AfterValidator(names.dns_label)]]
RouteName = Annotated[str, AfterValidator(names.dns_label)]
ZoneName = SkipJsonSchema[Annotated[str, AfterValidator(names.zone_name)]]
CertificateName = SkipJsonSchema[Annotated[str, AfterValidator(names.key_vault_name)]]

FullyQualifiedName = Annotated[str, AfterValidator(names.fully_qualified), _text(names.FULLY_QUALIFIED)]
DelegatedName = Annotated[str, AfterValidator(names.zone_name), _text(names.ZONE_NAME)]
CertificateDnsName = Annotated[str, AfterValidator(names.certificate_dns_name), _text(names.DNS_NAME)]
Subscription = Annotated[str, AfterValidator(names.subscription), _text(names.SUBSCRIPTION)]
ResourceGroup = Annotated[str, AfterValidator(names.resource_group), _text(names.RESOURCE_GROUP)]
SecretName = Annotated[str, AfterValidator(names.dns_subdomain), _text(names.DNS_SUBDOMAIN)]
ServiceName = Annotated[str, AfterValidator(names.service_name), _text(names.SERVICE_NAME)]
FieldManager = Annotated[str, AfterValidator(names.field_manager), _text(names.FOREIGN_FIELD_MANAGER)]
HttpsUrl = Annotated[str, AfterValidator(endpoints.https_url), _text("^https://")]
VaultUrl = Annotated[str, AfterValidator(endpoints.vault_url), _text("^https://[^/]+/?$")]
Host = Annotated[str, AfterValidator(endpoints.host)]
Mailbox = Annotated[str, AfterValidator(endpoints.mailbox), _text(MAILBOX)]
_MAILBOX = {"type": "string", "pattern": MAILBOX}
Contact = Annotated[
    tuple[Mailbox, ...],
    Field(min_length=1, max_length=10),
    BeforeValidator(_one_or_several),
    WithJsonSchema(
        {"anyOf": [_MAILBOX, {"type": "array", "minItems": 1, "maxItems": 10, "items": _MAILBOX, **UNIQUE}]}
    ),
]
NameServer = Annotated[Endpoint, _read_by(endpoints.endpoint), _text(endpoints.ENDPOINT)]
SecretRef = Annotated[SecretReference, _read_by(secret_reference), _text("^[^/]+/[0-9a-zA-Z-]{1,127}$")]
WorkloadRef = Annotated[Workload, _read_by(workload), _text("^[^/]+/(statefulset|deployment)/[^/]+$")]
Port = Annotated[int, Field(strict=True, ge=1, le=HIGHEST_PORT)]
PortRef = Annotated[
    RelayPort,
    PlainValidator(_relay_port),
    WithJsonSchema({"anyOf": [_number(1, HIGHEST_PORT), {"type": "string", "pattern": MAPPED_PORT}]}),
]
HoursText = Annotated[Hours, _read_by(hours), _text(_HOURS)]
FreezeEnd = Annotated[datetime, PlainValidator(_moment_or_date), _text(_MOMENT)]
FreezeReason = Annotated[str, AfterValidator(freeze_reason), WithJsonSchema({"type": "string", "pattern": r"\S"})]
UpToTwoMinutes = Annotated[timedelta, _seconds(1, 120), WithJsonSchema(_number(1, 120))]
UpToAnHour = Annotated[timedelta, _seconds(0, 3600), WithJsonSchema(_number(0, 3600))]
UpToADay = Annotated[timedelta, _seconds(0, 86400), WithJsonSchema(_number(0, 86400))]
UpToAWeek = Annotated[timedelta, _seconds(0, 604800), WithJsonSchema(_number(0, 604800))]
Labels = Annotated[
    Mapping[Annotated[str, AfterValidator(label_key)], Annotated[str, AfterValidator(label_value)]],
    Field(max_length=MOST_LABELS),
    AfterValidator(MappingProxyType),
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": {"pattern": LABEL_KEY},
            "additionalProperties": {"type": "string", "pattern": LABEL_VALUE},
            "maxProperties": MOST_LABELS,
        }
    ),
]
UpToTenYears = Annotated[timedelta, _days(1, 3650), WithJsonSchema(_number(1, 3650))]


class Freeze(BaseModel):
    """Until a moment nothing is changed there; or, of a suspended cluster, nothing is expected of it."""

    model_config = ENTRY_CONFIG
    until: FreezeEnd
    """The moment of its end, with a time zone: 2026-12-01T08:00:00Z, 2026-12-01T08:00+01:00."""
    reason: FreezeReason
    """Why, for those who read it in the state."""
