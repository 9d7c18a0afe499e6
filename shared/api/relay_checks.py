"""The examination of a relay: the checks of the command `verify-relay`, in its JSON."""

from typing import Annotated

from pydantic import Field

from shared.api.handler import ApiRequest, Operation
from shared.api.http import HttpResponse, ProblemKind, json_response
from shared.api.parsing import LONGEST_NAME, WithReason
from shared.api.relays import RELAY_IN_PATH
from shared.api.views import View
from shared.domain.checks import CheckStatus
from shared.workflows.examine_relay import examine_relay


class ExaminationInput(WithReason):
    """Examine a relay now, and log in at its replicas."""

    cluster: Annotated[str, Field(max_length=LONGEST_NAME)] | None = None
    """Only the replicas in this cluster of the relay; null: in each."""
    logins: bool = True
    """False: nobody logs in, not even made-up users."""


class RelayCheckView(View):
    """A check of one port of a replica."""

    about: str
    """`relay/NAME` or `cluster/NAME`."""
    replica: str
    """`CLUSTER/POD`, or `CLUSTER/Service NAME, one of N`; a cluster's name, if it is about the whole cluster; empty, if
    it is about all replicas."""
    address: str
    """Where the replica was asked; empty, if the check is about several."""
    port: int | None
    """Null, if the check is about all ports."""
    name: str
    """What was checked, such as `certificate`; docs/verify-relay.md lists them."""
    status: CheckStatus
    """`unknown`: it could not be found out. `warning`: it works, and somebody should know."""
    reason: str
    """Why, for programs, such as `ServesExpected`; docs/reasons.md explains each."""
    message: str
    remedy: str
    """What a person can do about it; empty, if nothing is needed or known."""


class RelayChecksView(View):
    """What an examination found, cluster by cluster, replica by replica, port by port."""

    checks: tuple[RelayCheckView, ...]


def examine_named_relay(call: ApiRequest[ExaminationInput]) -> HttpResponse:
    asked = call.body
    found = examine_relay(call.path["name"], asked.cluster, call.trigger, call.ports(), logins=asked.logins)
    return json_response(RelayChecksView(checks=tuple(RelayCheckView(**each.fields()) for each in found)))


RELAY_CHECK_OPERATIONS = (
    Operation(
        id="examine_relay",
        method="POST",
        path="relays/{name}/checks",
        summary="Examine each port of each replica of a relay; no mail is sent",
        description="As the command `verify-relay` does, with the same checks. Within three minutes: what could not be "
        "examined by then is a check `OutOfTime`. Where the expected certificate is presented, made-up users "
        "log in three times at each port, and the relay's probe client once by each of four ways; its refusals count, "
        "and three in a row stop all logins at the relay. 404: the inventory has no such relay, or the relay is not in "
        "that cluster. 409: the relay's certificate was not issued yet, so it is not known which server to expect; or "
        "logins there are stopped, or the last one is less than `login_interval` ago, which `logins: false` does not "
        "need. 503: a worker or another examination logs in there.",
        role="operator",
        run=examine_named_relay,
        body=ExaminationInput,
        responses={200: RelayChecksView},
        parameters={"name": RELAY_IN_PATH},
        problems=(ProblemKind.UNKNOWN, ProblemKind.REFUSED),
    ),
)
