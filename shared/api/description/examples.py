"""Examples of answers, for the OpenAPI document: one certificate, renewed, on its way through two clusters."""

from datetime import UTC, datetime, timedelta

from shared.api.alerts import TriedRoutesView, TriedView
from shared.api.certificate_parts import StoredView, WantedView
from shared.api.certificate_view import CertificateView, VerdictView
from shared.api.certificates import CertificatesView, UnmanagedView
from shared.api.health import HealthView, PartView, StateView
from shared.api.history import HistoryView, RecordView
from shared.api.pauses import PausesView
from shared.api.people import ActorView, PauseView, RequestsView, RequestView
from shared.api.place_view import HeldView, PlaceView, ReplicaView, RolloutView
from shared.api.plan import PlannedView, PlanView
from shared.version import RELEASE

NAME = "prod-mailrelay-platform-hmcts-net"
HOST = "prod.mailrelay.platform.hmcts.net"
REASON = "the old key may have been seen"
CORRELATION = "change-1234"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NEW, OLD = "8d2f1c0b9a7e4f6d8c5b4a3928170615", "1a2b3c4d5e6f47088091a2b3c4d5e6f7"
NEW_PRINT, OLD_PRINT = "9f86d081884c7d65" * 4, "60303ae22b998861" * 4
ENDS, OLD_ENDS = NOON + timedelta(days=90), NOON + timedelta(days=29)

ADA = ActorView(kind="person", id="0f0e0d0c-0b0a-4908-8706-050403020100", name="Ada Lovelace")
PAUSE = PauseView(
    id="0a1b2c3d4e5f", scope="relay/prod", until=NOON + timedelta(hours=4), reason="incident INC-1234", by=ADA, at=NOON
)
REQUEST = RequestView(
    id="20261122T120000Z-0a1b2c3d",
    kind="renewal",
    certificate=NAME,
    state="held",
    words="prod@ss-prod-01: held until 2026-11-23 01:00 UTC (window 01:00-05:00 UTC)",
    reason=REASON,
    by=ADA,
    at=NOON,
    ended=None,
    force=True,
    ignore_backoff=False,
    version=None,
    correlation=CORRELATION,
)
REQUESTS = RequestsView(open=(REQUEST,), ended=())
QUEUED = REQUEST.model_copy(update={"state": "queued", "words": ""})


def replicas(thumbprint: str, expires: datetime, words: str) -> tuple[ReplicaView, ...]:
    return tuple(
        ReplicaView(
            replica=f"mailrelay-{number}",
            ready=True,
            in_order=not words,
            thumbprint=thumbprint,
            expires=expires,
            words=words,
        )
        for number in (0, 1)
    )


FIRST = PlaceView(
    place="prod@ss-prod-00",
    state="seen",
    words="",
    wanted=NEW,
    held=None,
    proven=NEW,
    last_error=None,
    rollout=RolloutView(replicas=2, done=True, words="2 of 2 replicas are updated and ready"),
    replicas=replicas(NEW_PRINT, ENDS, ""),
)
SECOND = PlaceView(
    place="prod@ss-prod-01",
    state="seen",
    words="",
    wanted=NEW,
    held=HeldView(reason="held until 2026-11-23 01:00 UTC (window 01:00-05:00 UTC)", until=NOON + timedelta(hours=13)),
    proven=OLD,
    last_error=None,
    rollout=None,
    replicas=replicas(OLD_PRINT, OLD_ENDS, f"serves {OLD_PRINT[:12]} on port 25 for {HOST}"),
)
CERTIFICATE = CertificateView(
    name=NAME,
    wanted=WantedView(
        vault="prod", issuer="letsencrypt", dns_names=(HOST,), key="ec-256", uses=("server",), mode="manage"
    ),
    stored=StoredView(
        version=NEW,
        thumbprint=NEW_PRINT,
        serial="4a1f09c2d3",
        dns_names=(HOST,),
        key="ec-256",
        begins=NOON,
        expires=ENDS,
    ),
    verdict=VerdictView(verdict="fresh", reason="valid until 2027-02-20, due 2027-01-21", until=None),
    next_attempt=None,
    waits_for=None,
    waits_since=None,
    last_error=None,
    backoff=None,
    order=None,
    places=(FIRST, SECOND),
    quarantine=(),
    fronts={},
    pauses=(),
    requests=(REQUEST,),
    unread={},
)
CERTIFICATES = CertificatesView(
    certificates=(CERTIFICATE,),
    unmanaged=(UnmanagedView(vault="prod", kind="secret", name="client-password", expires=ENDS),),
    pauses=(),
    unread={"vault dev": "cannot list vault dev: no answer from https://dev.vault.azure.net within 10 s"},
)
PAUSES = PausesView(pauses=(PAUSE,))
PLAN = PlanView(
    certificates=(
        PlannedView(
            certificate=NAME,
            verdict="valid until 2027-02-20, due 2027-01-21",
            todo=(),
            held=("prod@ss-prod-01: held until 2026-11-23 01:00 UTC (window 01:00-05:00 UTC)",),
            would=(),
            unread="",
        ),
    )
)
HISTORY = HistoryView(
    records=(
        RecordView(
            at=NOON + timedelta(minutes=2),
            event="served",
            outcome="2 replicas serve it",
            actor=ADA,
            reason=f"asked for by Ada Lovelace: {REASON}",
            correlation=CORRELATION,
            certificate=NAME,
            place="prod@ss-prod-00",
            version=NEW,
            thumbprint=NEW_PRINT,
            serial="4a1f09c2d3",
            release=RELEASE,
            inventory="3b1f8a2c4d5e",
        ),
    ),
    next=f"/api/history?certificate={NAME}&limit=1&after=2026-11-22.7",
)
HEALTH = HealthView(
    status="degraded",
    release=RELEASE,
    parts=(
        PartView(name="storage", status="ok", words="answers", needed_by=("everything",)),
        PartView(
            name="cluster ss-prod-01",
            status="degraded",
            words="could not be read by the last watch; /api/certificates says why",
            needed_by=("relay prod",),
        ),
    ),
)
STATE, FAILING = StateView(status="degraded", release=RELEASE), StateView(status="failing", release=RELEASE)
TRIED = TriedRoutesView(
    routes=(
        TriedView(route="on-call", kind="alertmanager", taken=True, error=None),
        TriedView(route="slack", kind="slack", taken=False, error="cannot tell slack: ConnectTimeout"),
    )
)
METRICS = """# HELP relaykeeper_build_info Which release this is; always 1.
# TYPE relaykeeper_build_info gauge
relaykeeper_build_info{version="0.1.0"} 1
"""
