"""An example of each kind of problem, for the OpenAPI document."""

from collections.abc import Mapping
from datetime import timedelta

from shared.api.description.examples import CORRELATION, NAME
from shared.api.parsing import LARGEST_BODY
from shared.api.problem import SOON, Fault, Kind, Problem

PROBLEMS: Mapping[Kind, Problem] = {
    problem.kind: problem
    for problem in (
        Problem(
            Kind.INVALID,
            "the body is not as it should be",
            errors=(Fault(detail="is required", pointer="#/reason"),),
        ),
        Problem(Kind.UNAUTHENTICATED, "there is no x-ms-client-principal: sign in, with a token for this app"),
        Problem(Kind.FORBIDDEN, "Ada Lovelace lacks the app role operator"),
        Problem(Kind.UNKNOWN, f"the inventory has no certificate 'prod'. Did you mean {NAME}?", near=(NAME,)),
        Problem(
            Kind.REFUSED,
            f"{NAME} is only observed: nothing of it is changed. Set mode: manage for it in the inventory.",
        ),
        Problem(Kind.TOO_LARGE, f"the body has 70,000 bytes, at most {LARGEST_BODY:,} are read"),
        Problem(Kind.MEDIA_TYPE, "send JSON, and say so: content-type: application/json"),
        Problem(
            Kind.TOO_MANY,
            "200 requests are open, and no more are taken: ask again when some have ended. "
            "GET /api/requests lists them.",
            retry_after=timedelta(minutes=1),
        ),
        Problem(
            Kind.CONFIGURATION,
            "line 3: vaults.prod.url: is required",
            errors=(Fault(detail="is required", parameter="vaults.prod.url"),),
        ),
        Problem(Kind.BUG, f"this is a bug; the log has its trace under the correlation {CORRELATION}"),
        Problem(Kind.BLOCKED, "cannot read pauses/estate.json: access refused. Give the app's identity its roles."),
        Problem(Kind.UNAVAILABLE, "somebody else changes the pauses at this moment. Try again.", retry_after=SOON),
    )
}
