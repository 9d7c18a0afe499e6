"""The examination that `verify` makes: each address in a thread of its own, and what all of them found."""

import os
import shutil
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial

from relaykeeper.verify.arguments import VerifyArguments
from relaykeeper.verify.report import Report
from relaykeeper.verify.roots import trusted_roots
from relaykeeper.verify.target import Target, span
from relaykeeper.verify.text import Style, as_text
from shared.adapters.smtp.ask_server import ServerAtAddress
from shared.adapters.smtp.connection import Deadline
from shared.adapters.smtp.reach import MOST_ADDRESSES, Later, Opening
from shared.domain.checks import Check
from shared.domain.clients.password import Password
from shared.domain.object_ref import ObjectRef
from shared.domain.serving.probe import SESSION_SECONDS, Probe
from shared.domain.verify.answers import Answers, Session, Trouble
from shared.domain.verify.certificate_checks import Expectation
from shared.domain.verify.verdicts import AddressVerdicts, judge
from shared.text import printable_line
from shared.workflows.verify import Questions, ask

GRACE = 4.0
"""Seconds beyond the time-out for sessions to say QUIT."""

SESSIONS_IN_TIME = 3
"""One session may take a third of the time."""


class ProgressLine:
    """One line on standard error that changes while the work goes on; nothing where that is no terminal."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        if self._shown:
            with self._lock:
                room = shutil.get_terminal_size().columns - 1
                print(f"\r\x1b[K{text[:room]}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self._shown:
            with self._lock:
                print("\r\x1b[K", end="", file=sys.stderr, flush=True)
                self._shown = False


class Examination:
    """One run of `verify`. `began` is the monotonic time from which on `arguments.seconds` are counted."""

    def __init__(self, arguments: VerifyArguments, target: Target, opening: Opening, began: float) -> None:
        roots, self.roots_from = trusted_roots(arguments.roots)
        self.at = datetime.now(UTC)
        self.target, self.began = target, began
        self._arguments, self._opening = arguments, opening
        self._deadline = Deadline(began + arguments.seconds, arguments.seconds)
        self._about = ObjectRef("relay", target.host)
        self._expected = Expectation(
            target.name, self.at, roots, self.roots_from, span(arguments.expires_within, "--expires-within")
        )
        self._progress = ProgressLine()

    def seconds_left(self) -> float:
        return self.began + self._arguments.seconds - time.monotonic()

    def run(self, password: Password | None) -> Report:
        """Examine every address. Raises PermanentError for roots that cannot be read."""
        try:
            found = self._opening.addresses(self.seconds_left())
        except (socket.gaierror, UnicodeError) as error:
            return self._report(failure=unresolved(self.target.host, error))
        except TimeoutError:
            failure = f"{self.target.host}: its addresses were not found within {self._arguments.seconds:g} s"
            return self._report(failure=failure, timed_out=True)
        try:
            examined = self._examine(found[:MOST_ADDRESSES])
            if password is not None:
                examined = self._log_in(examined, password)
        finally:
            self._progress.end()
        return self._report(examined, left_out=max(0, len(found) - MOST_ADDRESSES))

    def _examine(self, addresses: Sequence[str]) -> list[AddressVerdicts]:
        """Examine all addresses at once, and return what was found, in their order."""
        working = {address: Later(partial(self._examine_one, address)) for address in addresses}
        return [self._wait_for(address, work) for address, work in working.items()]

    def _wait_for(self, address: str, work: Later[AddressVerdicts]) -> AddressVerdicts:
        try:
            return work.get(self.seconds_left() + GRACE)
        except TimeoutError:
            late = Trouble("connect", "OutOfTime", "the examination did not end")
            return self._judge(Answers(address, Session(trouble=late)))

    def _examine_one(self, address: str) -> AddressVerdicts:
        arguments, target = self._arguments, self.target
        server = ServerAtAddress(
            self._opening,
            address,
            implicit=target.implicit,
            helo=arguments.helo,
            deadline=self._deadline,
            seconds=arguments.seconds / SESSIONS_IN_TIME,
        )
        questions = Questions(target.name, target.further)
        answers = ask(server, questions, lambda what: self._progress.say(f"{address}: {what}"))
        verdicts = self._judge(answers)
        if arguments.recipient is None or answers.session.trouble is not None:
            return verdicts
        return verdicts.plus(self._offer_mail(address))

    def _judge(self, answers: Answers) -> AddressVerdicts:
        return judge(self._about, answers, self._expected, self.target.port, implicit=self.target.implicit)

    def _offer_mail(self, address: str) -> Check:
        from shared.adapters.smtp.probe import SmtpProber
        from shared.workflows.verify_mail import offer_mail

        self._progress.say(f"{address}: mail without a login")
        recipient = self._arguments.recipient or ""
        sender = self._arguments.sender or recipient
        return offer_mail(self._about, self._probe(address), recipient, sender, SmtpProber())

    def _log_in(self, examined: Sequence[AddressVerdicts], password: Password) -> list[AddressVerdicts]:
        """Log in at one address after the other, up to the first that refuses: more refusals may lock the user out."""
        from shared.adapters.smtp.probe import SmtpProber
        from shared.domain.clients.login import ExpectedServer
        from shared.workflows.verify_mail import Credentials, log_in, not_tried

        assert self.target.name is not None
        expected = ExpectedServer(self.target.name, self.at, self._expected.roots)
        credentials = Credentials(self._arguments.user or "", password, expected)
        found, refused = [], False
        for each in examined:
            self._progress.say(f"{each.address}: login")
            if refused:
                check = not_tried(self._about, "an address before refused this user, and more refusals may lock it out")
            elif self.seconds_left() <= 0:
                check = not_tried(self._about, "no time was left")
            else:
                check = log_in(self._about, each.answers.session, self._probe(each.address), credentials, SmtpProber())
            refused = refused or check.reason == "Refused"
            found.append(each.plus(check))
        return found

    def _probe(self, address: str) -> Probe:
        target = self.target
        seconds = max(1.0, min(SESSION_SECONDS, self.seconds_left()))
        helo = self._arguments.helo
        return Probe(address, address, target.port, target.name, target.implicit, helo=helo, seconds=seconds)

    def _report(
        self,
        addresses: Sequence[AddressVerdicts] = (),
        *,
        failure: str = "",
        timed_out: bool = False,
        left_out: int = 0,
    ) -> Report:
        return Report(
            self.target,
            self.at,
            time.monotonic() - self.began,
            self.roots_from,
            addresses,
            failure,
            timed_out or any(each.answers.out_of_time for each in addresses),
            left_out,
            tuple(not_asked(self._arguments)),
        )


def not_asked(arguments: VerifyArguments) -> Iterator[str]:
    """Name what the command line left out."""
    if arguments.user is None:
        yield "a login (--user)"
    if arguments.recipient is None:
        yield "mail without a login (--recipient)"


def unresolved(host: str, error: Exception) -> str:
    """Say that a name has no address, and what to do."""
    mx = f"A domain's mail servers are its MX records: dig +short MX {host}"
    match error:
        case socket.gaierror() if error.errno == socket.EAI_AGAIN:
            return f"{host} does not resolve: the resolver does not answer. Check this machine's network and resolver."
        case socket.gaierror():
            return f"{host} does not resolve: {(error.strerror or str(error)).lower()}. Check the spelling. {mx}"
    return f"{host} cannot be resolved: {error}. Check the spelling. {mx}"


def print_report(report: Report, arguments: VerifyArguments) -> None:
    """Print what was asked for, and on standard error why nothing was examined."""
    if arguments.json:
        from relaykeeper.verify.json_text import as_json

        print(as_json(report))
    elif arguments.prometheus:
        from relaykeeper.verify.prometheus import as_prometheus

        print(as_prometheus(report))
    elif not report.failure:
        print(as_text(report, style_of_output()))
    if report.failure:
        print(f"relaykeeper: {printable_line(report.failure)}", file=sys.stderr)
    elif report.timed_out:
        print(f"relaykeeper: not everything was answered within {arguments.seconds:g} s", file=sys.stderr)


def style_of_output() -> Style:
    if not sys.stdout.isatty():
        return Style()
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return Style(shutil.get_terminal_size().columns, colour=not plain)
