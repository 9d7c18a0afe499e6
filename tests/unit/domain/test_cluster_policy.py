"""What a watch's dry runs say of a cluster's admission policies."""

from pathlib import Path

import pytest
import yaml

from shared.domain.serving.cluster_policy import CURRENT_POLICY, PolicyProbe, policy_fault

SECRET, WORKLOAD = "Secret mailrelay/relay-tls", "mailrelay/statefulset/mailrelay"
FILES = Path(__file__).parents[3] / "infra" / "kubernetes" / "policy"


@pytest.mark.parametrize(
    ("on_secret", "on_workload", "fault"),
    [
        (CURRENT_POLICY, CURRENT_POLICY, None),
        (CURRENT_POLICY, CURRENT_POLICY + 1, None),
        (None, None, None),
        (None, CURRENT_POLICY, None),
        (0, CURRENT_POLICY, f"a forbidden change of {SECRET} would be accepted"),
        (CURRENT_POLICY, 0, f"a forbidden change of {WORKLOAD} would be accepted"),
        (1, 0, f"a forbidden change of {WORKLOAD} would be accepted"),
        (None, 1, f"its admission policy for {WORKLOAD} has version 1, and {CURRENT_POLICY} is current"),
    ],
)
def test_each_right_that_we_hold_needs_the_current_policy(
    on_secret: int | None, on_workload: int | None, fault: str | None
) -> None:
    found = policy_fault([PolicyProbe(SECRET, on_secret), PolicyProbe(WORKLOAD, on_workload)])

    assert found is fault if fault is None else fault in (found or "")


def test_each_policy_says_the_version_that_is_current_here() -> None:
    policies = [yaml.safe_load(path.read_text()) for path in FILES.glob("*.yaml")]
    policies = [each for each in policies if each["kind"] == "ValidatingAdmissionPolicy"]

    assert len(policies) == 2
    for policy in policies:
        assert policy["metadata"]["annotations"] == {"relaykeeper/policy-version": str(CURRENT_POLICY)}
        for validation in policy["spec"]["validations"]:
            assert validation["message"] == f"Policy version {CURRENT_POLICY}"
            assert validation["messageExpression"].startswith(f"'Policy version {CURRENT_POLICY}: Relaykeeper may ")
