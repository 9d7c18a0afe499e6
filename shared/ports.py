"""What the workflows ask of the outside world. Each method reads, or has exactly one side effect, and says which.

Every method may raise TransientError (time-out, cut connection, 5xx), RateLimited (429) or PermanentError (access
refused, a request that can never work); only further errors are named below. Ports guard each call: an exception that
no adapter foresaw arrives as Unforeseen, a PermanentError. No implementation retries for longer than
a few seconds: the workflow and the next tick are the retry loop. A method with a side effect may have had it although
it raised TransientError: callers look again and go on from what they see.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Protocol

from cryptography import x509

from shared.domain.alerting.notification import Notification, WatchJournal
from shared.domain.audit import AuditRecord
from shared.domain.certificates.certificate import Bundle, PendingOperation, StoredVersion
from shared.domain.certificates.vault_tags import VaultEntry
from shared.domain.clients.client_journal import ClientJournal
from shared.domain.clients.login_journal import LoginJournal
from shared.domain.clients.password import Password
from shared.domain.clients.stored_password import StoredPassword
from shared.domain.issuing.acme import Account, AccountKey, Authorization, Challenge, Order
from shared.domain.issuing.issuance import Propagation, TxtValue
from shared.domain.journal import AccountJournal, Journal
from shared.domain.message import Message
from shared.domain.object_ref import Version
from shared.domain.pauses import Pauses
from shared.domain.requests import Request
from shared.domain.serving.cluster_policy import PolicyProbe
from shared.domain.serving.place_observation import Mount, Pod, ProviderObject, Rollout, SecretSnapshot
from shared.domain.serving.tls_secret import SecretApply
from shared.domain.timers import Schedules, TickJournal
from shared.guard import guarded
from shared.inventory import AcmeIssuer, Inventory, SecretReference, Workload
from shared.inventory.relays import Certificate
from shared.prober import Prober as Prober


class Clock(Protocol):
    """The time, which tests replace."""

    def now(self) -> datetime:
        """Read: the time, aware, in UTC."""

    def pause(self, seconds: float) -> None:
        """Read: nothing. It waits, a few seconds at most."""


class Authority(Protocol):
    """An ACME authority (RFC 8555). Names are lower-case A-labels, `*.` included.

    Every method that takes an account may raise AccountUnknown.
    """

    def thumbprint(self, key: AccountKey) -> str:
        """Read: the key's JWK thumbprint (RFC 7638), which tells two keys apart without showing either."""

    def new_key(self) -> AccountKey:
        """Read: a fresh ES256 key, known to nobody yet."""

    def register(self, issuer: AcmeIssuer, key: AccountKey) -> Account:
        """Effect: create the key's account, agreeing to the terms of service; an existing account is returned as it is
        (section 7.3.1)."""

    def find_order(self, account: Account, names: Sequence[str]) -> Order | None:
        """Read: the account's newest open order for exactly these names, where the authority lists orders (section
        7.1.2.1); None where it does not, where the list cannot be read, or there is none."""

    def new_order(self, account: Account, names: Sequence[str]) -> Order:
        """Effect: ask for a certificate for `names`. A repeat may make a second order."""

    def order(self, account: Account, url: str) -> Order:
        """Read: an order as it stands. Raises OrderLost if the authority does not know it (any more)."""

    def authorizations(self, account: Account, order: Order) -> tuple[Authorization, ...]:
        """Read: the order's authorizations, in its sequence. Raises OrderLost as `order` does."""

    def answer(self, account: Account, challenge: Challenge) -> None:
        """Effect: say that the challenge is ready to be validated. A repeat lets the authority validate it once more
        (section 8.2). Raises OrderLost as `order` does."""

    def finalize(self, account: Account, order: Order, csr: bytes) -> Order:
        """Effect: hand over the CSR (DER) of a `ready` order. Raises OrderNotReady where the authority takes none now,
        having taken one before, say; OrderLost as `order` does."""

    def chain(self, account: Account, order: Order) -> bytes:
        """Read: the certificate of a `valid` order as the authority gives it: PEM, not checked. Raises OrderLost as
        `order` does."""


class TrustRoots(Protocol):
    """Which roots an issuer's chains must end at."""

    def of_issuer(self, issuer: AcmeIssuer) -> Sequence[x509.Certificate]:
        """Read: the issuer's roots, or the system's where the inventory names none."""


class Dns(Protocol):
    """The zones' TXT record sets. A set is shared: by other certificates, by other tools."""

    def locate(self, name: str, value: str) -> TxtValue:
        """Read: where `value` for the authorization of `name` must be published, following CNAMEs of
        `_acme-challenge.<name>` (RFC 8555, section 8.4)."""

    def publish(self, record: TxtValue) -> None:
        """Effect: add the value to its set, leaving every other value alone. One that is there is not added again."""

    def withdraw(self, record: TxtValue) -> None:
        """Effect: take the value out of its set, leaving every other value, and the set itself even if it is empty.
        A value that is not there is no error."""

    def propagation(self, records: Sequence[TxtValue]) -> tuple[Propagation, ...]:
        """Read: where each value stands on every authoritative server of its zone, asked in parallel, without cache.
        A server that does not answer counts as not seeing the value."""


class Vaults(Protocol):
    """The Key Vaults. A certificate's vault is that which the inventory gives it."""

    def latest(self, certificate: Certificate) -> StoredVersion | None:
        """Read: the newest version; None if there is no certificate of that name, or it has none yet."""

    def version(self, certificate: Certificate, version: Version) -> StoredVersion | None:
        """Read: a version by its name; None if it is gone or disabled."""

    def pending(self, certificate: Certificate) -> PendingOperation | None:
        """Read: the operation in progress; None if there is none or it has ended."""

    def create(self, certificate: Certificate, tags: Mapping[str, str]) -> None:
        """Effect: begin an operation with a new, exportable key: for a `self-signed` certificate one that the vault
        completes by itself, else one that waits for `merge`. Callers look at `pending` first: what happens where one is
        in progress is up to the vault."""

    def discard(self, certificate: Certificate) -> None:
        """Effect: delete the operation in progress, and its key. None in progress is no error."""

    def merge(self, certificate: Certificate, chain: bytes, tags: Mapping[str, str]) -> StoredVersion:
        """Effect: complete the operation in progress with `chain` (PEM, leaf first, checked); the new version has these
        tags and no others. Raises Conflict if the operation has ended."""

    def bundle(self, certificate: Certificate, version: Version) -> Bundle:
        """Read: key and chain of a version, from its secret, PEM or PKCS#12, in whatever order it holds them.
        Raises PermanentError if they do not belong together."""

    def secret(self, ref: SecretReference) -> str | None:
        """Read: the newest value of a secret; None if there is none."""

    def entries(self, vault: str) -> tuple[VaultEntry, ...]:
        """Read: the certificates and secrets of a vault that are enabled, without their values, in no order."""

    def put_secret(self, ref: SecretReference, value: str) -> None:
        """Effect: store a new version of a secret. There is no compare-and-swap: hold a lease."""

    def password(self, ref: SecretReference, version: Version | None = None) -> StoredPassword | None:
        """Read: a version of a client's password, the newest unless named. None if there is no secret of that name, or
        the named version is gone or disabled. Raises Unreadable if the newest is disabled, if no login can carry the
        value (empty, NUL, no UTF-8), or if the secret holds a certificate's key."""

    def make_password(
        self,
        ref: SecretReference,
        client: str,
        password: Password,
        expires: datetime | None,
        *,
        for_probe: bool = False,
    ) -> Version:
        """Effect: store a new version of the password of `client` (an ID), tagged as ours, and with `for_probe` marked
        as a probe client's. A repeat stores another version; there is no compare-and-swap: hold a lease. Raises
        PermanentError where a deleted secret holds the name, with the date on which it is gone for good, the command
        that recovers it, and that the old password would be valid again."""


class Clusters(Protocol):
    """The Kubernetes clusters, by their names in the inventory."""

    def secret(self, cluster: str, namespace: str, name: str) -> SecretSnapshot | None:
        """Read: a Secret without its values; None if it does not exist."""

    def release(self, cluster: str, namespace: str, name: str, seen: SecretSnapshot, owners: Sequence[str]) -> None:
        """Effect: drop the claims of these field managers on the Secret as it was `seen`; values stay.
        Raises Conflict if it is not as it was seen."""

    def apply(self, cluster: str, part: SecretApply) -> None:
        """Effect: server-side apply, never forced, of one certificate's part. Raises Conflict if the Secret is not as
        it was read, PermanentError naming the owner if a field belongs to another manager."""

    def probe_policy(self, cluster: str, workload: Workload, secret: str | None) -> tuple[PolicyProbe, ...]:
        """Read: what refuses a change that our admission policies forbid, to the workload and to the Secret in its
        namespace. It is tried as a dry run, which changes nothing."""

    def pods(self, cluster: str, workload: Workload) -> tuple[Pod, ...]:
        """Read: the workload's pods that are not being deleted, by name."""

    def rollout(self, cluster: str, workload: Workload) -> Rollout:
        """Read: how far the workload's newest template has come."""

    def mounts(self, cluster: str, workload: Workload) -> tuple[Mount, ...]:
        """Read: what the Secrets Store CSI driver mounted into the workload's pods that are not being deleted
        (SecretProviderClassPodStatus), by pod and class. () where the cluster has no such resource."""

    def provider_objects(self, cluster: str, namespace: str, name: str) -> tuple[ProviderObject, ...] | None:
        """Read: the objects that a SecretProviderClass of Azure's provider lists, in its order; None if there is none
        of that name. Raises PermanentError if the list cannot be read."""

    def service_address(self, cluster: str, namespace: str, name: str) -> str:
        """Read: the address, or host name, of a Service's load balancer."""

    def restart(self, cluster: str, workload: Workload, cause: str) -> None:
        """Effect: roll the pods by writing `cause` into an annotation of the pod template. The same cause again changes
        nothing."""


class Lease[T](Protocol):
    """One worker's hold on a journal."""

    @property
    def journal(self) -> T:
        """The journal as it was read under the lease, or last written."""

    def renew(self) -> None:
        """Effect: prolong the lease; to be called before each side effect. Raises LeaseLost if it cannot be."""

    def write(self, journal: T) -> None:
        """Effect: write, if the lease is ours, or expired without being taken, and no other worker wrote.
        Raises LeaseLost if not."""


class Journals[T](Protocol):
    """The journals of one kind, by name. A lease fences the journal only: effects elsewhere must be idempotent, and
    callers look again after taking it, because another worker may have done the work."""

    def read(self, name: str) -> T:
        """Read, without a lease: the journal, an empty one if it was never written.
        Raises JournalUnreadable; JournalNewer, which is one, if a newer release wrote it."""

    def names(self) -> Sequence[str]:
        """Read: the names of all journals there are, in no order, whether they can be read or not."""

    def lease(self, name: str) -> AbstractContextManager[Lease[T]]:
        """Effect: take the lease, giving it back at the end. Raises LeaseTaken at once if another worker has it,
        LeaseLost if it is lost again at once, JournalUnreadable if what it protects cannot be read."""


class History(Protocol):
    """What was done, day by day (UTC); nothing in it is ever changed."""

    def append(self, record: AuditRecord) -> None:
        """Effect: add a record to those of its day. A repeat is recorded twice."""

    def day(self, day: date) -> tuple[AuditRecord, ...]:
        """Read: the records of a day, in the order in which they came."""


class Notifier(Protocol):
    """The alert routes and the heartbeat."""

    def send(self, route: str, news: Notification) -> None:
        """Effect: notify the inventory's route of that name. A repeat is read twice and does no other harm. Every URL
        of the route is tried, and the first failure raised at the end."""

    def ping(self, url: SecretReference) -> None:
        """Effect: call the URL that a secret holds, as a sign of life."""


class Queue(Protocol):
    """The one queue, `work`. Messages may arrive twice or late."""

    def send(self, message: Message, delay: timedelta = timedelta(0)) -> None:
        """Effect: put a message in the queue, to be seen after `delay` (at most seven days)."""


@dataclass(frozen=True, slots=True)
class State:
    """What is kept between executions: a journal for each certificate, issuer and client, the logins at each relay, the
    watch's, the ticks', requests, pauses.

    `ended` has each request that has ended once more, so that a list of names tells which are still open.
    """

    certificates: Journals[Journal]
    issuers: Journals[AccountJournal]
    clients: Journals[ClientJournal]
    logins: Journals[LoginJournal]
    requests: Journals[Request]
    ended: Journals[Request]
    pauses: Journals[Pauses]
    watch: Journals[WatchJournal]
    ticks: Journals[TickJournal]

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self)):
            object.__setattr__(self, name, guarded(getattr(self, name), f"state.{name}"))


VALUES = frozenset({"inventory", "digest", "schedules", "state"})
"""The fields of Ports that are not ports."""


@dataclass(frozen=True, slots=True)
class Ports:
    """One of each, and the inventory they serve.

    `digest` is the first twelve hex digits of the SHA-256 of the inventory's file; `schedules` say when the timers
    fire.
    """

    inventory: Inventory
    digest: str
    schedules: Schedules
    state: State
    clock: Clock
    authority: Authority
    trust_roots: TrustRoots
    dns: Dns
    vault: Vaults
    clusters: Clusters
    prober: Prober
    queue: Queue
    notifier: Notifier
    history: History

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self)):
            if name not in VALUES:
                object.__setattr__(self, name, guarded(getattr(self, name), name))
