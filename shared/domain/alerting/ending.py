"""How the end of a life is told, before and after it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from shared.domain.alerting.alert import AlertName
from shared.domain.certificates import Leaf


def ends(leaf: Leaf, now: datetime) -> str:
    return f"{'expired' if now >= leaf.not_after else 'expires'} {leaf.not_after:%Y-%m-%d %H:%M} UTC"


def expiry_alerts(leaf: Leaf, now: datetime) -> Iterator[tuple[AlertName, timedelta | None]]:
    """Yield the alerts for a life that runs out, with their patience. What has become worse is not told as over."""
    if now < leaf.not_after:
        yield "CertificateExpiring", timedelta(0)
    else:
        yield "CertificateExpired", timedelta(0)
        yield "CertificateExpiring", None
