"""The admission policies of infra/kubernetes/policy: whether a cluster holds us to them, and in which version."""

from collections.abc import Iterable
from dataclasses import dataclass

CURRENT_POLICY = 2
"""The version in infra/kubernetes/policy."""


@dataclass(frozen=True, slots=True)
class PolicyProbe:
    """What became of a forbidden change to `target` (`Secret mailrelay/relay-tls`), tried as a dry run.

    `version` is that of the policy that refused it, 0 where none did. None: nothing is to be refused there, because
    our identity has no right to change it, or it does not exist.
    """

    target: str
    version: int | None


def policy_fault(probes: Iterable[PolicyProbe]) -> str | None:
    """Say which right is not held by the current policy; None where all are. The oldest policy comes first."""
    tried = [(probe.version, probe.target) for probe in probes if probe.version is not None]
    version, target = min(tried, default=(CURRENT_POLICY, ""))
    if version >= CURRENT_POLICY:
        return None
    if version == 0:
        return f"no admission policy holds us back: a forbidden change of {target} would be accepted"
    return f"its admission policy for {target} has version {version}, and {CURRENT_POLICY} is current"
