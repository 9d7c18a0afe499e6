"""What can be asked for a login at a place: each Ready replica, or the Service that hides them."""

from dataclasses import dataclass

from shared.domain.serving.place_observation import WorkloadObservation
from shared.domain.serving.probe_plan import ready_endpoints
from shared.inventory import Place


@dataclass(frozen=True, slots=True)
class LoginTarget:
    """A replica that can be asked, or the Service that hides them: its name in the login journal, and its address."""

    name: str
    address: str


def login_targets(place: Place, workload: WorkloadObservation) -> tuple[LoginTarget, ...]:
    """Return what can be asked at a place: each Ready replica; behind a Service, which hides them, that alone."""
    if place.relay.service is not None:
        service = f"{place.cluster}/Service {place.relay.service}"
        return (LoginTarget(service, workload.service),) if workload.service is not None else ()
    return tuple(LoginTarget(f"{place.cluster}/{pod}", address) for pod, address in ready_endpoints(workload.pods))
