"""A prober that puts one question at a time, and none that may end too late: for a call that has to end in time."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from shared.domain.clients.login import Login, LoginResult
from shared.domain.clients.plaintext import PlaintextResult
from shared.domain.serving.open_relay import OpenRelayResult
from shared.domain.serving.probe import SESSION_SECONDS, Probe, ProbeResult
from shared.errors import OutOfTime
from shared.ports import Clock
from shared.prober import Prober


class TimedProber:
    """Implements prober.Prober by another one. Raises OutOfTime in place of a question that may end after `until`.

    `before` is called before each question, and `after_login` with the result of each login.
    """

    def __init__(
        self,
        prober: Prober,
        clock: Clock,
        until: datetime,
        before: Callable[[], None],
        after_login: Callable[[LoginResult], None],
    ) -> None:
        self._prober, self._clock, self._until = prober, clock, until
        self._before, self._after_login = before, after_login

    def probe(self, probes: Sequence[Probe]) -> tuple[ProbeResult, ...]:
        return tuple(self._put(self._prober.probe, probe, probe) for probe in probes)

    def check_open_relay(self, probes: Sequence[Probe], recipient: str, sender: str) -> tuple[OpenRelayResult, ...]:
        ask = partial(self._prober.check_open_relay, recipient=recipient, sender=sender)
        return tuple(self._put(ask, probe, probe) for probe in probes)

    def check_plaintext(self, probes: Sequence[Probe]) -> tuple[PlaintextResult, ...]:
        return tuple(self._put(self._prober.check_plaintext, probe, probe) for probe in probes)

    def log_in(self, logins: Sequence[Login]) -> tuple[LoginResult, ...]:
        return tuple(map(self._log_in, logins))

    def _log_in(self, login: Login) -> LoginResult:
        result = self._put(self._prober.log_in, login, login.probe)
        self._after_login(result)
        return result

    def _put[Q, R](self, ask: Callable[[Sequence[Q]], tuple[R, ...]], question: Q, probe: Probe) -> R:
        longest = probe.seconds or SESSION_SECONDS
        if self._clock.now() + timedelta(seconds=longest) > self._until:
            raise OutOfTime(f"not examined to its end: the next question may take {longest:g} s, and less is left")
        self._before()
        [result] = ask([question])
        return result
