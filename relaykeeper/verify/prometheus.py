"""The verdicts of `verify` as Prometheus reads them (text exposition format, version 0.0.4)."""

from collections.abc import Iterator, Mapping, Sequence

from cryptography import x509

from relaykeeper.verify.report import Report
from shared.domain.certificates.chain import UNREADABLE
from shared.domain.checks import CheckStatus
from shared.domain.verify.verdicts import AddressVerdicts

VALUES: Mapping[CheckStatus, int] = {"ok": 0, "warning": 1, "failed": 2, "unknown": 3}

METRICS: Mapping[str, str] = {
    "relaykeeper_verify_success": "1 if nothing is failed or unknown (exit code 0).",
    "relaykeeper_verify_timestamp_seconds": "When it was verified.",
    "relaykeeper_verify_duration_seconds": "How long it took.",
    "relaykeeper_verify_addresses": "Addresses that were examined.",
    "relaykeeper_verify_check_status": "0 ok, 1 warning, 2 failed, 3 unknown.",
    "relaykeeper_verify_certificate_expiry_timestamp_seconds": "When the served certificate expires.",
}
"""Each metric, a gauge, and its description."""

type Sample = tuple[Mapping[str, str], float]


def as_prometheus(report: Report) -> str:
    """Return the exposition, without a line break at its end; every metric is a gauge."""
    base = {"host": report.target.host, "port": str(report.target.port)}
    name = report.target.name or ""
    checks = [each for address in report.addresses for each in check_samples(base, address)]
    expiries = [each for address in report.addresses for each in expiry_samples(base, address, name)]
    samples: Sequence[Sequence[Sample]] = [
        [(base, report.exit_code == 0)],
        [(base, round(report.at.timestamp()))],
        [(base, round(report.seconds, 3))],
        [(base, len(report.addresses))],
        checks,
        expiries,
    ]
    return "\n".join(line for name, found in zip(METRICS, samples, strict=True) for line in metric(name, found))


def metric(name: str, samples: Sequence[Sample]) -> list[str]:
    """Return the lines of a metric; none where it has no sample."""
    lines = [f"{name}{{{labels(given)}}} {value:.15g}" for given, value in samples]
    return [f"# HELP {name} {METRICS[name]}", f"# TYPE {name} gauge", *lines] if lines else []


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
