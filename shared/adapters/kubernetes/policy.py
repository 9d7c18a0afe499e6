"""Whether our own admission policies are in force: a change that they forbid is tried, as a dry run.

https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
"""

import re

FORBIDDEN_CHANGE = {"metadata": {"annotations": {"policy-probe": "a dry run of relaykeeper, to be refused"}}}
"""Both policies forbid it, and it would do no harm if a proxy dropped the parameter `dryRun`."""

OURS = re.compile(
    r"ValidatingAdmissionPolicy 'relaykeeper[^']*' .*denied request: (?:Policy version (?P<version>\d{1,4}))?"
)

FIRST = 1
"""The version that did not say so."""


def refused_by(message: str) -> int | None:
    """Return the version of the policy of ours that refused the change; None where something else did."""
    found = OURS.search(message)
    return int(found["version"] or FIRST) if found is not None else None
