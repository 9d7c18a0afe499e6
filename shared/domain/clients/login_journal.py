"""Which logins were made at a relay, so that there are not too many, and what came of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared.domain.clients.login import LoginReason, LoginResult
from shared.domain.clients.relay_checks import MOST_REFUSALS
from shared.domain.object_ref import Version
from shared.text import counted


@dataclass(frozen=True, slots=True)
class LoginRecord:
    """The last login in one way at one port of a replica, by on-boarding or the watch; `version` is the password's."""

    at: datetime
    version: Version
    reason: LoginReason
    message: str


@dataclass(frozen=True, slots=True)
class ReplicaLogins:
    """The logins at one replica: when the `last` of all was, examinations included, and the newest record of each port
    and way."""

    last: datetime
    by_way: Mapping[str, LoginRecord] = field(default_factory=dict)


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
        """Return the replicas that took a version of a password in their last login by some way."""
        return tuple(
            replica
            for replica, logins in self.replicas.items()
            if any((each.version, each.reason) == (version, "Accepted") for each in logins.by_way.values())
        )

    def with_login(self, replica: str, at: datetime) -> "LoginJournal":
        """Return the journal in which a login at a replica begins."""
        before = self.replicas.get(replica)
        logins = ReplicaLogins(at) if before is None else replace(before, last=at)
        return replace(self, replicas={**self.replicas, replica: logins})

    def with_record(self, replica: str, way: str, record: LoginRecord) -> "LoginJournal":
        """Return the journal with the result of a login in one way; `with_login` came before."""
        logins = self.replicas[replica]
        return replace(
            self, replicas={**self.replicas, replica: replace(logins, by_way={**logins.by_way, way: record})}
        )

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
