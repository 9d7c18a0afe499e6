"""docs/reasons.md names every machine reason, and where it is decided."""

import re
from pathlib import Path
from typing import Any, get_args

from shared.api.certificate_view import VerdictView
from shared.domain.assessment import FindingReason
from shared.domain.client_assessment import ClientFindingReason
from shared.domain.clients.client_secret import ClientSecretReason
from shared.domain.clients.exim_log import EndReason
from shared.domain.clients.login import LoginReason
from shared.domain.clients.marked_message import SendReason
from shared.domain.clients.message_checks import MessageCheckReason
from shared.domain.clients.password import PasswordReason
from shared.domain.clients.relay_checks import RelayCheckReason
from shared.domain.password_sharing import PasswordSharingReason
from shared.domain.probe_logins import LoginFaultReason
from shared.domain.quarantine import NoRollbackReason
from shared.domain.serving.delivery import Serving
from shared.domain.verify.answers import TroubleReason
from shared.domain.verify.certificate_checks import CertificateReason
from shared.domain.verify.session_checks import SessionReason

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"\| `(\w+)` \| .+ \| (.+) \|")


def names(reasons: Any) -> set[str]:
    """Return the names in a Literal, or in a union of Literals."""
    return {reasons} if isinstance(reasons, str) else set().union(*map(names, get_args(reasons)))


def documented() -> dict[str, str]:
    """Return where each reason is decided, as the table says."""
    text = (ROOT / "docs" / "reasons.md").read_text(encoding="utf-8")
    return {row[1]: row[2] for row in map(ROW.fullmatch, text.splitlines()) if row is not None}


def test_each_reason_is_documented_and_no_other() -> None:
    verdicts = names(VerdictView.model_fields["reason"].annotation)
    serving = names(Serving.__annotations__["reason"])
    messages = names(SendReason) | names(EndReason) | names(MessageCheckReason)
    clients = names(ClientSecretReason.__value__) | names(LoginReason) | names(PasswordReason) | names(RelayCheckReason)
    clients |= names(PasswordSharingReason) | names(LoginFaultReason)
    findings = names(FindingReason) | names(ClientFindingReason)
    verify = names(TroubleReason) | names(SessionReason) | names(CertificateReason)
    assert documented().keys() == verify | verdicts | findings | serving | names(NoRollbackReason) | clients | messages


def test_each_reason_stands_where_the_table_says() -> None:
    for reason, files in documented().items():
        for file in re.findall(r"`(\S+)`", files):
            assert f'"{reason}"' in (ROOT / file).read_text(encoding="utf-8"), (reason, file)
