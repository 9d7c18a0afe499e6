"""The types of single fields: text that was checked, and small values that were read from text."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from shared.inventory import endpoints, kubernetes_names, mailboxes, moments, names
from shared.inventory.hours import Hours, hours
from shared.inventory.reading import (
    given,
    moment_or_date,
    one_or_several,
    relay_port,
    seconds_up_to,
    text_by,
)
from shared.inventory.relay_port import MAPPED, RelayPort
from shared.inventory.templates import check_template
from shared.inventory.values import SecretReference, Workload, secret_reference, workload

T = TypeVar("T")

SHAPE = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
UNIQUE: dict[str, Any] = {"uniqueItems": True}

TWO_MINUTES = 120
AN_HOUR = 3600
A_DAY = 86400
A_WEEK = 7 * A_DAY

_HOURS = r"^([A-Z][a-z]{2}([-,][A-Z][a-z]{2})* )?[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9] [A-Z]\S+$"


_MAILBOX = {"type": "string", "pattern": mailboxes.MAILBOX}


def _text(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern})


def _number(least: int, most: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "maximum": most}


Entries = Annotated[Mapping[str, T], AfterValidator(MappingProxyType)]
Given = Annotated[T | None, BeforeValidator(given)]
EntryName = SkipJsonSchema[Annotated[str, AfterValidator(names.dns_label)]]
RouteName = Annotated[str, AfterValidator(names.dns_label)]
ZoneName = SkipJsonSchema[Annotated[str, AfterValidator(names.zone_name)]]
CertificateName = SkipJsonSchema[Annotated[str, AfterValidator(names.key_vault_name)]]

FullyQualifiedName = Annotated[str, AfterValidator(names.fully_qualified), _text(names.FULLY_QUALIFIED)]
DelegatedName = Annotated[str, AfterValidator(names.zone_name), _text(names.ZONE_NAME)]
CertificateDnsName = Annotated[str, AfterValidator(names.certificate_dns_name), _text(names.DNS_NAME)]
Subscription = Annotated[str, AfterValidator(names.subscription), _text(names.SUBSCRIPTION)]
ResourceGroup = Annotated[str, AfterValidator(names.resource_group), _text(names.RESOURCE_GROUP)]
SecretName = Annotated[str, AfterValidator(kubernetes_names.dns_subdomain), _text(kubernetes_names.DNS_SUBDOMAIN)]
ServiceName = Annotated[str, AfterValidator(kubernetes_names.service_name), _text(kubernetes_names.SERVICE_NAME)]
FieldManager = Annotated[str, AfterValidator(kubernetes_names.field_manager), _text(kubernetes_names.FIELD_MANAGER)]
HttpsUrl = Annotated[str, AfterValidator(endpoints.https_url), _text("^https://")]
VaultUrl = Annotated[str, AfterValidator(endpoints.vault_url), _text("^https://[^/]+/?$")]
Host = Annotated[str, AfterValidator(endpoints.host)]
Mailbox = Annotated[str, AfterValidator(mailboxes.mailbox), _text(mailboxes.MAILBOX)]
Contact = Annotated[
    tuple[Mailbox, ...],
    Field(min_length=1, max_length=10),
    BeforeValidator(one_or_several),
    WithJsonSchema(
        {"anyOf": [_MAILBOX, {"type": "array", "minItems": 1, "maxItems": 10, "items": _MAILBOX, **UNIQUE}]}
    ),
]
NameServer = Annotated[endpoints.Endpoint, text_by(endpoints.endpoint), _text(endpoints.ENDPOINT)]
SecretRef = Annotated[SecretReference, text_by(secret_reference), _text("^[^/]+/[0-9a-zA-Z-]{1,127}$")]
WorkloadRef = Annotated[Workload, text_by(workload), _text("^[^/]+/(statefulset|deployment)/[^/]+$")]
Port = Annotated[int, Field(strict=True, ge=1, le=endpoints.HIGHEST_PORT)]
PortRef = Annotated[
    RelayPort,
    PlainValidator(relay_port),
    WithJsonSchema({"anyOf": [_number(1, endpoints.HIGHEST_PORT), {"type": "string", "pattern": MAPPED}]}),
]
FileTemplate = Annotated[str, AfterValidator(check_template)]
HoursText = Annotated[Hours, text_by(hours), _text(_HOURS)]
Moment = Annotated[datetime, PlainValidator(moment_or_date), _text(moments.MOMENT)]
UpToTwoMinutes = Annotated[timedelta, seconds_up_to(TWO_MINUTES, least=1), WithJsonSchema(_number(1, TWO_MINUTES))]
UpToAnHour = Annotated[timedelta, seconds_up_to(AN_HOUR), WithJsonSchema(_number(0, AN_HOUR))]
UpToADay = Annotated[timedelta, seconds_up_to(A_DAY), WithJsonSchema(_number(0, A_DAY))]
UpToAWeek = Annotated[timedelta, seconds_up_to(A_WEEK), WithJsonSchema(_number(0, A_WEEK))]
