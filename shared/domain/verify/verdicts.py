"""All verdicts of `relaykeeper verify`: those of each address, and what they come to together."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from shared.domain.certificates.certificate import thumbprint
from shared.domain.checks import Check, CheckStatus
from shared.domain.object_ref import ObjectRef
from shared.domain.verify.answers import Answers
from shared.domain.verify.certificate_checks import (
    Expectation,
    certificate_checks,
    further_name_check,
    without_sni_check,
    wrong_sni_check,
)
from shared.domain.verify.session_checks import key_exchange_check, session_checks, versions_check
from shared.text import counted


@dataclass(frozen=True, slots=True)
class Verdict:
    """A check at one address. `server_name` is the name that was asked for; empty where none was."""

    server_name: str
    check: Check


@dataclass(frozen=True, slots=True)
class AddressVerdicts:
    """What was asked and found at one address."""

    answers: Answers
    verdicts: tuple[Verdict, ...]

    @property
    def address(self) -> str:
        return self.answers.address

    @property
    def reached(self) -> bool:
        """Whether there was a connection."""
        trouble = self.answers.session.trouble
        return trouble is None or trouble.stage != "connect"

    def statuses(self) -> Iterator[CheckStatus]:
        return (each.check.status for each in self.verdicts)

    def plus(self, *checks: Check) -> "AddressVerdicts":
        """Return these verdicts and more about the same name."""
        name = self.verdicts[0].server_name
        return replace(self, verdicts=(*self.verdicts, *(Verdict(name, check) for check in checks)))


def judge(about: ObjectRef, answers: Answers, expected: Expectation, port: int, *, implicit: bool) -> AddressVerdicts:
    """Judge everything that one address answered."""
    name = expected.name or ""
    checks = [Verdict(name, each) for each in checks_of(about, answers, expected, port, implicit=implicit)]
    return AddressVerdicts(answers, (*checks, *verdicts_by_name(about, answers, expected)))


def checks_of(
    about: ObjectRef, answers: Answers, expected: Expectation, port: int, *, implicit: bool
) -> Iterator[Check]:
    session = answers.session
    yield from session_checks(about, session, port, implicit=implicit)
    if answers.versions:
        yield versions_check(about, answers.versions)
    if session.handshake is not None:
        yield key_exchange_check(about, session.handshake)
        yield from certificate_checks(about, session.handshake, expected)


def verdicts_by_name(about: ObjectRef, answers: Answers, expected: Expectation) -> Iterator[Verdict]:
    """Judge what was served for other names, for none, and for a wrong one."""
    first = answers.session.handshake
    if first is None:
        return
    for name, answer in answers.further.items():
        yield Verdict(name, further_name_check(about, name, answer, first, expected))
    if answers.without_sni is not None:
        yield Verdict("", without_sni_check(about, answers.without_sni, first, expected))
    if answers.wrong_sni is not None:
        yield Verdict("", wrong_sni_check(about, answers.wrong_sni, first))


def different_leaves(addresses: Iterable[AddressVerdicts]) -> dict[str, list[str]]:
    """Return the addresses by the thumbprint of what they serve, if that is not the same everywhere; else nothing."""
    found: dict[str, list[str]] = {}
    for each in addresses:
        if (handshake := each.answers.session.handshake) is not None:
            found.setdefault(thumbprint(handshake.chain[0]), []).append(each.address)
    return found if len(found) > 1 else {}


STATUSES: tuple[CheckStatus, ...] = ("ok", "warning", "failed", "unknown")


def count(addresses: Iterable[AddressVerdicts]) -> dict[CheckStatus, int]:
    """Return how many checks there are of each status."""
    found = [status for address in addresses for status in address.statuses()]
    return {status: found.count(status) for status in STATUSES}


def summary(addresses: Sequence[AddressVerdicts]) -> str:
    """Return `2 addresses: 24 ok, 1 warning, 0 failed`."""
    counts = count(addresses)
    where = "1 address" if len(addresses) == 1 else f"{len(addresses)} addresses"
    parts = [f"{counts['ok']} ok", counted(counts["warning"], "warning"), f"{counts['failed']} failed"]
    return f"{where}: {', '.join([*parts, *([f'{counts["unknown"]} unknown'] if counts['unknown'] else [])])}"
