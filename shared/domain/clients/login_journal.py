"""Which logins were made at a relay, so that there are not too many, and what came of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from shared.domain.clients.login import LoginReason, LoginResult
from shared.domain.clients.relay_checks import MOST_REFUSALS
from shared.domain.object_ref import Version
from shared.text import counted

OwnLoginResult = Literal["Unknown", "Accepted", "Refused", "Inconclusive"]


@dataclass(frozen=True, slots=True)
class LoginRecord:
    """The last login in one way at one port of a replica, by on-boarding or the watch; `version` is the password's."""

    at: datetime
    version: Version
    reason: LoginReason
    message: str


@dataclass(frozen=True, slots=True)
class OwnLogins:
    """The logins at one replica with a `version` of a client's own password, which is used there once; the last was
    `at` a time.

    `result`: `Unknown` from before the login is made until its result is recorded; if the worker was killed meanwhile
    it stays, and the replica counts as asked. After `Inconclusive`, which is no verdict on the password, it may be
    asked again. `by_way`: the newest record of each port and way.
    """

    at: datetime
    version: Version
    result: OwnLoginResult = "Unknown"
    by_way: Mapping[str, LoginRecord] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReplicaLogins:
    """The logins at one replica: when the `last` of all was, examinations included.

    `by_way`: the newest record of the probe client's at each port and way. `own`: those of other clients, by their IDs.
    """

    last: datetime
    by_way: Mapping[str, LoginRecord] = field(default_factory=dict)
    own: Mapping[str, OwnLogins] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LoginStop:
    """Since when no login is tried at a relay, and after which refusals."""

    at: datetime
    message: str


@dataclass(frozen=True, slots=True)
class LoginJournal:
    """The logins at one relay. `replicas` are named `cluster/pod`; `refusals` are the unexpected ones in a row."""

    schema: int = 1
    replicas: Mapping[str, ReplicaLogins] = field(default_factory=dict)
    refusals: int = 0
    stopped: LoginStop | None = None

    def next_login(self, replica: str, interval: timedelta, now: datetime) -> datetime:
        """Return from when on a replica may get a login. A last login in the future does not count: clocks are set."""
        logins = self.replicas.get(replica)
        return now if logins is None or logins.last > now else max(now, logins.last + interval)

    def accepted_with(self, version: Version) -> tuple[str, ...]:
        """Return the replicas that took a version of the probe client's password in their last login by some way."""
        return tuple(
            replica
            for replica, logins in self.replicas.items()
            if any((each.version, each.reason) == (version, "Accepted") for each in logins.by_way.values())
        )

    def own_logins(self, client: str, version: Version) -> Mapping[str, OwnLogins]:
        """Return, by replica, the logins with a version of a client's own password."""
        found = {replica: logins.own.get(client) for replica, logins in self.replicas.items()}
        return {replica: own for replica, own in found.items() if own is not None and own.version == version}

    def may_ask(self, replica: str, client: str, version: Version) -> bool:
        """Say whether a replica may be asked with a version of a client's own password: it was not, or gave no
        verdict."""
        own = self.own_logins(client, version).get(replica)
        return own is None or own.result == "Inconclusive"

    def with_login(self, replica: str, at: datetime) -> "LoginJournal":
        """Return the journal in which a login at a replica begins."""
        before = self.replicas.get(replica)
        return self._with(replica, ReplicaLogins(at) if before is None else replace(before, last=at))

    def with_record(self, replica: str, way: str, record: LoginRecord) -> "LoginJournal":
        """Return the journal with the result of a probe client's login in one way; `with_login` came before."""
        logins = self.replicas[replica]
        return self._with(replica, replace(logins, by_way={**logins.by_way, way: record}))

    def with_own_login(self, replica: str, client: str, version: Version, at: datetime) -> "LoginJournal":
        """Return the journal in which a login with a client's own password begins at a replica."""
        journal = self.with_login(replica, at)
        before = self.own_logins(client, version).get(replica)
        own = OwnLogins(at, version, by_way=before.by_way if before is not None else {})
        return journal.with_own(replica, client, own)

    def with_own_record(
        self, replica: str, client: str, way: str, record: LoginRecord, result: OwnLoginResult
    ) -> "LoginJournal":
        """Return the journal with the result of such a login in one way; `with_own_login` came before."""
        own = self.replicas[replica].own[client]
        return self.with_own(replica, client, replace(own, result=result, by_way={**own.by_way, way: record}))

    def without_own(self, handed_out: Mapping[str, Version | None]) -> "LoginJournal":
        """Return the journal without the logins with versions that were handed out, by client: no login is ever made
        with those again."""
        replicas = {
            name: replace(
                logins,
                own={client: own for client, own in logins.own.items() if handed_out.get(client) != own.version},
            )
            for name, logins in self.replicas.items()
        }
        return replace(self, replicas=replicas)

    def _with(self, replica: str, logins: ReplicaLogins) -> "LoginJournal":
        return replace(self, replicas={**self.replicas, replica: logins})

    def with_own(self, replica: str, client: str, own: OwnLogins) -> "LoginJournal":
        logins = self.replicas[replica]
        return self._with(replica, replace(logins, own={**logins.own, client: own}))

    def with_results(self, results: Mapping[str, LoginResult], now: datetime) -> "LoginJournal":
        """Count these results, by replica: a login that is accepted ends the row of refusals."""
        refusals, stopped = self.refusals, self.stopped
        for replica, result in results.items():
            if result.reason == "Accepted":
                refusals = 0
            elif result.is_refusal:
                refusals += 1
                if refusals >= MOST_REFUSALS and stopped is None:
                    message = (
                        f"{counted(refusals, 'login')} in a row got 535, the last at {replica} as {result.login.user}"
                    )
                    stopped = LoginStop(now, message)
        return replace(self, refusals=refusals, stopped=stopped)

    def resumed(self) -> "LoginJournal":
        """Return the journal after a person lets logins go on."""
        return replace(self, refusals=0, stopped=None)

    def only_at(self, replicas: frozenset[str], cluster: str) -> "LoginJournal":
        """Return the journal without the replicas of a cluster that are gone."""
        kept = {
            name: logins
            for name, logins in self.replicas.items()
            if name in replicas or not name.startswith(f"{cluster}/")
        }
        return replace(self, replicas=kept)
