"""What may be changed over HTTP: by operators, each time with a reason."""

from typing import Any

from shared.api import alerts, certificates, pauses
from shared.api.description import examples
from shared.api.description.paths import CERTIFICATE, PAUSE
from shared.api.fields import Nothing, Reasoned
from shared.api.operation import Operation
from shared.api.problem import Kind

CHANGES: tuple[Operation[Any, Any], ...] = (
    Operation(
        id="renew_certificate",
        method="POST",
        path="certificates/{name}/renewals",
        summary="Look at a certificate now, and renew it if it is due, or by force",
        description="Queues a look, as a tick does: a new version is issued if one is due, or with `force`; then each "
        "place that does not serve what it should is brought to it, one cluster after the other. Windows, freezes and "
        "pauses hold as ever. With nothing to do it ends as `served` and changes nothing. 409: the certificate is only "
        "observed, another tool marks it, or eight requests for it are open. 429: two hundred are open in all.",
        role="operator",
        body=certificates.Renewal,
        query=Nothing,
        answers={202: examples.QUEUED},
        run=certificates.renew,
        parameters={"name": CERTIFICATE},
        problems=(Kind.UNKNOWN, Kind.REFUSED, Kind.TOO_MANY),
        examples={"body": {"force": True, "reason": examples.REASON}},
    ),
    Operation(
        id="roll_back_certificate",
        method="POST",
        path="certificates/{name}/rollbacks",
        summary="Go back to an earlier version, and keep the newest in quarantine",
        description="Queues it: each place goes back to what it was proven to serve before, or to `version`, one "
        "cluster after the other, whatever the window. Nothing is deleted from the vault, nothing revoked. The newest "
        "version stays in quarantine until it is released or a newer one is issued. It ends as `failed` where it turns "
        "out that there is no earlier version that is still valid. 409: that is known at once (there is nothing to go "
        "back to, or no such version), the certificate is only observed, another tool marks it, or eight requests for "
        "it are open. 429: two hundred are open in all.",
        role="operator",
        body=certificates.Rollback,
        query=Nothing,
        answers={202: examples.QUEUED.model_copy(update={"kind": "rollback", "force": False})},
        run=certificates.roll_back,
        parameters={"name": CERTIFICATE},
        problems=(Kind.UNKNOWN, Kind.REFUSED, Kind.TOO_MANY),
        examples={"body": {"reason": "clients do not trust the new chain"}},
    ),
    Operation(
        id="release_certificate",
        method="DELETE",
        path="certificates/{name}/quarantine",
        summary="Let the newest version out of quarantine",
        description="Queues it: the quarantine is lifted, and the newest version delivered again, one cluster after "
        "the other. 409: nothing is in quarantine, the certificate is only observed, another tool marks it, or eight "
        "requests for it are open. 429: two hundred are open in all.",
        role="operator",
        body=Nothing,
        query=Reasoned,
        answers={202: examples.QUEUED.model_copy(update={"kind": "release", "force": False})},
        run=certificates.release,
        parameters={"name": CERTIFICATE},
        problems=(Kind.UNKNOWN, Kind.REFUSED, Kind.TOO_MANY),
        examples={"reason": "the relay was to blame and is mended"},
    ),
    Operation(
        id="pause",
        method="POST",
        path="pauses",
        summary="Change nothing of something for a while, and go on alerting",
        description="Holds from the answer on: a worker that is at it stops before its next effect. It ends by itself "
        "at `until`. Pauses may overlap; each holds on its own. 404: the inventory has nothing of that name. 409: "
        "`until` is over.",
        role="operator",
        body=pauses.Pausing,
        query=Nothing,
        answers={201: examples.PAUSE},
        run=pauses.pause,
        problems=(Kind.UNKNOWN, Kind.REFUSED),
        examples={"body": {"scope": "relay/prod", "until": "2027-01-01T00:00:00Z", "reason": "incident INC-1234"}},
    ),
    Operation(
        id="resume",
        method="DELETE",
        path="pauses/{id}",
        summary="End a pause before its time",
        description="Answers with the pause that is over now. What it held goes on at the next tick; others that "
        "concern the same hold on.",
        role="operator",
        body=Nothing,
        query=Reasoned,
        answers={200: examples.PAUSE},
        run=pauses.resume,
        parameters={"id": PAUSE},
        problems=(Kind.UNKNOWN,),
        examples={"reason": "incident INC-1234 is over"},
    ),
    Operation(
        id="send_test_alert",
        method="POST",
        path="alerts/test",
        summary="Send a marked test alert down every route, and tell what each answered",
        description="Sends at once, to people: the alert says TEST, who asked and why, and fires for five minutes "
        "where alerts end by themselves. Each route gets it, whatever it chooses by. The history has it first.",
        role="operator",
        body=Reasoned,
        query=Nothing,
        answers={200: examples.TRIED},
        run=alerts.tell_test_alert,
        examples={"body": {"reason": "a new route"}},
    ),
)
