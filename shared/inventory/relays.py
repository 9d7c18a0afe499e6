"""What we want: certificates, the relays that serve them, and the files in a relay's Secret."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from shared.inventory.clients import RelayClients
from shared.inventory.fields import (
    ENTRY_CONFIG,
    UNIQUE,
    CertificateDnsName,
    CertificateName,
    EntryName,
    FieldManager,
    Freeze,
    FullyQualifiedName,
    Given,
    Host,
    HoursText,
    Labels,
    Mailbox,
    NameServer,
    Port,
    PortRef,
    SecretName,
    ServiceName,
    UpToADay,
    UpToAnHour,
    UpToTwoMinutes,
    WorkloadRef,
)
from shared.inventory.names import secret_key

type Content = Literal["bundle", "chain", "key", "version"]
"""What one file holds. As PEM: `bundle` key, leaf and intermediates; `chain` leaf and intermediates; `key` the key.
As text without an end of line: `version` the name of the certificate's version in its vault."""

HOST_FIELD = "{host}"

VERSION_FIELD = "{version}"

ANY_VERSION = "0" * 32
"""As long as every version of a certificate in Key Vault: 32 hexadecimal digits."""

KUBELET = timedelta(minutes=2)
"""How long a kubelet may take to project a changed Secret: its sync period and cache, 60 to 90 s, and some."""

CSI_DRIVER = timedelta(minutes=5, seconds=30)
"""How long the Secrets Store CSI driver may take: a poll interval of five minutes, and half a minute to read."""


def check_template(template: str) -> str:
    """Return the template itself; raises ValueError if no DNS name could make a Secret's key of it."""
    try:
        secret_key(template.replace(HOST_FIELD, "host").replace(VERSION_FIELD, ANY_VERSION))
    except ValueError as error:
        raise ValueError(f"{error}; the placeholders are {HOST_FIELD} and {VERSION_FIELD}") from error
    return template


FileTemplate = Annotated[str, AfterValidator(check_template)]


class Certificate(BaseModel):
    """A certificate as it should be. Its name is its name in Key Vault: letters, digits and dashes."""

    model_config = ENTRY_CONFIG
    name: CertificateName
    vault: str
    """The vault that holds it."""
    issuer: str
    """The issuer that it comes from; `self-signed` is built in."""
    dns_names: tuple[CertificateDnsName, ...] = Field(min_length=1, json_schema_extra=UNIQUE)
    """Its DNS names in A-label form. The shortest becomes the CN."""
    key: Literal["ec-256", "ec-384", "rsa-2048", "rsa-3072", "rsa-4096"] = "ec-256"
    """Kind and size of its key."""
    uses: tuple[Literal["server", "client"], ...] = Field(default=("server",), min_length=1, json_schema_extra=UNIQUE)
    """Extended key usage: what the authority must have put into it."""
    mode: Literal["manage", "observe"] = "manage"
    """`observe` looks, probes and reports, and changes nothing."""
    takeover: Given[Literal["acmebot"]] = None
    """The tool that keeps this certificate now, and from which we may take it over."""
    labels: Labels = Field(default={}, validate_default=True)
    """Labels by which people choose certificates: {team: mail}. They change nothing."""


class Serves(BaseModel):
    """One certificate that a relay serves, and the Secret that it reads it from."""

    model_config = ENTRY_CONFIG
    certificate: str
    secret: Given[SecretName] = None
    """A Secret in the workload's namespace; certificates read from one directory share one. None with sync none."""


class PublicEndpoint(BaseModel):
    """An address by which clients know the relay, asked beside its pods."""

    model_config = ENTRY_CONFIG
    host: Host
    """A DNS name or an address."""
    port: Port
    """The port there; at 465 TLS comes first."""
    resolver: Given[NameServer] = None
    """Whom to ask for the name, address or address:port; the system's resolvers unless given."""


class Relay(BaseModel):
    """One workload, the same in each of its clusters."""

    model_config = ENTRY_CONFIG
    name: EntryName
    clusters: tuple[str, ...] = Field(min_length=1, json_schema_extra=UNIQUE)
    """New certificates arrive in this order, one cluster at a time."""
    workload: WorkloadRef
    """namespace/statefulset/name or namespace/deployment/name."""
    ports: tuple[PortRef, ...] = Field(min_length=1, json_schema_extra=UNIQUE)
    """The ports on which each replica speaks SMTP with STARTTLS; POD/SERVICE where the Service maps them. TLS comes
    first where the Service's port is 465."""
    serves: tuple[Serves, ...] = Field(min_length=1)
    """The certificates it serves; the first is what clients without SNI get."""
    files: Annotated[Mapping[FileTemplate, Content], AfterValidator(MappingProxyType)] = Field(
        default={"tls.crt": "chain", "tls.key": "key"}, min_length=1, validate_default=True
    )
    """File names in the Secret and what they hold: bundle (key, leaf, intermediates), chain (leaf, intermediates), key,
    version (the name of the version in the vault). A name with {host} is written once per DNS name; one without, by the
    first certificate in that Secret only. {version} is the version's name."""
    reload: Literal["auto", "restart", "none"] = "auto"
    """`auto` waits for the pods to pick a new file up and restarts only if one does not; `restart` always does."""
    sync: Literal["secret", "none"] = "secret"
    """`none` where something else brings the files, the Secrets Store CSI driver for instance: no Secret is touched."""
    projection: Given[UpToAnHour] = None
    """Seconds that running pods may take to see a changed file; 120 unless given, with sync none 330."""
    settle: UpToADay = Field(default=0, validate_default=True)
    """Seconds to wait between one cluster, proven, and the next."""
    window: Given[HoursText] = None
    """When Secrets change and pods roll, unless it is urgent: [DAYS ]HH:MM-HH:MM ZONE; always unless given."""
    freeze: tuple[Freeze, ...] = ()
    """Times during which nothing is changed in this relay."""
    adopt: Given[FieldManager] = None
    """The field manager from which we may take over, once, what it holds of the relay's Secrets."""
    service: Given[ServiceName] = None
    """A Service in the workload's namespace whose load balancer is asked, where the pods cannot be reached."""
    public_endpoints: tuple[PublicEndpoint, ...] = ()
    """Addresses by which clients know the relay."""
    refuses_unauthenticated: Given[Mailbox] = None
    """Whom no replica may take mail for without a login: an address that an open relay would take, so one that exists,
    and not the relay's own. Each watch names it as a recipient, and never sends a mail."""
    unauthenticated_sender: Given[Mailbox] = None
    """Whom that mail is said to be from: an ordinary sender that the relay has no reason to refuse; the recipient
    unless given."""
    helo: Given[FullyQualifiedName] = None
    """The name that probes say in EHLO where a relay refuses the address literal of their end, as one behind NAT may
    (helo_verify_hosts): it must lead to the address that the relay sees."""
    timeout: Given[UpToTwoMinutes] = None
    """Seconds that one probe may take, further tries at a busy relay included; 10 unless given. A greeting delay counts
    for each."""
    clients: RelayClients = Field(default_factory=RelayClients)
    """How it gets to know the services that log in to it."""
    probe_client: Given[str] = None
    """One of `clients`, of this relay alone: it may log in and not send. Its logins prove day by day that each replica
    takes passwords and, where we write the files, has the newest ones."""
    login_interval: UpToAnHour = Field(default=60, validate_default=True)
    """Seconds between two of our logins at one replica."""
    labels: Labels = Field(default={}, validate_default=True)
    """Labels by which people choose relays: {team: mail}. They change nothing."""

    def serving(self, certificate: str) -> Serves:
        """Return how the relay serves one of its certificates."""
        return next(serves for serves in self.serves if serves.certificate == certificate)

    @property
    def first(self) -> str:
        """The name of the certificate that clients without SNI get."""
        return self.serves[0].certificate

    @property
    def pick_up(self) -> timedelta:
        """How long running pods may take to see a changed file."""
        return pick_up_time(self.projection, self.sync)

    @property
    def clients_pick_up(self) -> timedelta:
        """How long running pods may take to see a changed file of a client."""
        return pick_up_time(self.projection, self.clients.sync)


def pick_up_time(projection: timedelta | None, sync: Literal["secret", "none"]) -> timedelta:
    if projection is not None:
        return projection
    return KUBELET if sync == "secret" else CSI_DRIVER


def files_of(relay: Relay, serves: Serves, hosts: Iterable[str], version: str) -> Mapping[str, Content]:
    """Return the files that a version for `hosts` owns in the Secret `serves.secret` of `relay`, and what each holds.

    Of the names that the inventory wants there is at least one file, and no other certificate writes any of them. A
    wildcard, which only an imported version can have here, names no file.
    """
    nameable = [host for host in hosts if not host.startswith("*")]
    first = serves == next(other for other in relay.serves if other.secret == serves.secret)
    return {
        file.replace(VERSION_FIELD, version): content
        for template, content in relay.files.items()
        for file in expand(template, nameable, first=first)
    }


def certificate_files(relay: Relay) -> tuple[str, ...]:
    """Return the templates of the files that hold a certificate or its key."""
    return tuple(template for template, content in relay.files.items() if content != "version")


def expand(template: str, hosts: Iterable[str], *, first: bool) -> Iterator[str]:
    """Return the files that a certificate for `hosts` writes into its Secret by one template.

    A template with `{host}` gives one file per DNS name. One without belongs to the first certificate that the relay
    serves from that Secret (`first`): this is how several certificates share a directory beside one `default.pem`.
    `{version}` stays: two templates whose files are the same then would write over each other's versions.
    """
    if HOST_FIELD in template:
        yield from (template.replace(HOST_FIELD, host) for host in hosts)
    elif first:
        yield template
