"""The verdicts of `verify` as Prometheus reads them (text exposition format, version 0.0.4)."""

from collections.abc import Iterator, Mapping, Sequence

from cryptography import x509

from relaykeeper.verify_report import Report
from shared.domain.certificates.chain import UNREADABLE
from shared.domain.checks import CheckStatus
from shared.domain.verify.verdicts import AddressVerdicts

VALUES: Mapping[CheckStatus, int] = {"ok": 0, "warning": 1, "failed": 2, "unknown": 3}

PREFIX = "relaykeeper_verify_"

type Sample = tuple[Mapping[str, str], float]


def as_prometheus(report: Report) -> str:
    """Return the exposition, without a line break at its end; every metric is a gauge."""
    base = {"host": report.target.host, "port": str(report.target.port)}
    name = report.target.name or ""
    checks = [each for address in report.addresses for each in check_samples(base, address)]
    expiries = [each for address in report.addresses for each in expiry_samples(base, address, name)]
    lines = [
        *metric("success", "1 if nothing is failed or unknown (exit code 0).", [(base, report.exit_code == 0)]),
        *metric("timestamp_seconds", "When it was verified.", [(base, round(report.at.timestamp()))]),
        *metric("duration_seconds", "How long it took.", [(base, round(report.seconds, 3))]),
        *metric("addresses", "Addresses that were examined.", [(base, len(report.addresses))]),
        *metric("check_status", "0 ok, 1 warning, 2 failed, 3 unknown.", checks),
        *metric("certificate_expiry_timestamp_seconds", "When the served certificate expires.", expiries),
    ]
    return "\n".join(lines)


def metric(name: str, description: str, samples: Sequence[Sample]) -> list[str]:
    """Return the lines of a metric; none where it has no sample."""
    full = f"{PREFIX}{name}"
    lines = [f"{full}{{{labels(given)}}} {value:.15g}" for given, value in samples]
    return [f"# HELP {full} {description}", f"# TYPE {full} gauge", *lines] if lines else []


def check_samples(base: Mapping[str, str], address: AddressVerdicts) -> Iterator[Sample]:
    for each in address.verdicts:
        given = {"address": address.address, "check": each.check.name, "server_name": each.server_name}
        yield {**base, **given}, VALUES[each.check.status]


def expiry_samples(base: Mapping[str, str], address: AddressVerdicts, name: str) -> Iterator[Sample]:
    handshake = address.answers.session.handshake
    if handshake is None:
        return
    try:
        ends = x509.load_der_x509_certificate(handshake.chain[0]).not_valid_after_utc
    except UNREADABLE:
        return
    yield {**base, "address": address.address, "server_name": name}, ends.timestamp()


def labels(given: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{escaped(value)}"' for name, value in given.items())


def escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
