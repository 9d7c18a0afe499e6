"""Certificates: their state, and what people may request for them."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

from shared.api.certificate_view import CertificateView, certificate_view
from shared.api.handler import ApiRequest, Operation, PathParameter
from shared.api.http import HttpResponse, ProblemKind, json_response
from shared.api.parsing import NoInput, VersionName, WithReason
from shared.api.requests import follow
from shared.api.views import PauseView, RequestView, View
from shared.domain.assessment import Assessment
from shared.domain.object_ref import Version, certificate_ref
from shared.domain.requests import Request
from shared.domain.status import is_unmanaged, needed_secrets
from shared.inventory import Inventory
from shared.inventory.names import KEY_VAULT_NAME
from shared.ports import Ports
from shared.workflows.certificate_requests import submit_for_certificate
from shared.workflows.observe_fleet import judgeable
from shared.workflows.plan import FleetView, certificate_status, fleet_status


class UnmanagedView(View):
    """An entry of a vault that the inventory does not name."""

    vault: str
    """The inventory's name for it."""
    kind: Literal["certificate", "secret"]
    """A `certificate`, or a `secret` that is not a certificate's."""
    name: str
    expires: datetime | None
    """Null if it has no expiry."""


class CertificatesView(View):
    """Every certificate of the inventory, and what else is in its vaults."""

    certificates: tuple[CertificateView, ...]
    """In the inventory's order."""
    unmanaged: tuple[UnmanagedView, ...]
    """By vault; only of vaults that could be read."""
    pauses: tuple[PauseView, ...]
    """Every pause in force."""
    errors: Mapping[str, str]
    """What else could not be read (`vault NAME`, `pauses`, `requests`), and why; empty if everything could."""


class RenewalInput(WithReason):
    """Process the certificate now; renew it if it is due."""

    force: bool = False
    """Issue a new version even if none is due."""
    ignore_backoff: bool = False
    """Ask the authority even if earlier failures forbid it for a while: once the cause is fixed. It has limits of its
    own."""


class RollbackInput(WithReason):
    """Return to an earlier version, at every place."""

    version: VersionName | None = None
    """The version in Key Vault to return to; null or not given: what each place was seen to serve before."""


def list_certificates(call: ApiRequest) -> HttpResponse:
    ports = call.ports()
    surveyed = fleet_status(ports)
    return json_response(
        CertificatesView(
            certificates=tuple(safe_view(each, surveyed) for each in surveyed.observations.certificates),
            unmanaged=tuple(unmanaged_views(surveyed, ports.inventory)),
            pauses=tuple(map(PauseView.of, surveyed.observations.pauses)),
            errors={**surveyed.observations.read_errors, **surveyed.read_errors},
        )
    )


def show_certificate(call: ApiRequest) -> HttpResponse:
    surveyed = certificate_status(call.path["name"], call.ports())
    (assessment,) = surveyed.observations.certificates
    return json_response(safe_view(assessment, surveyed))


def safe_view(assessment: Assessment, surveyed: FleetView) -> CertificateView:
    """Return a certificate's view. If a bug prevents it, return the view of a certificate that was not observed."""
    return certificate_view(judgeable(assessment.observation, lambda one: certificate_view(one, surveyed)), surveyed)


def unmanaged_views(surveyed: FleetView, inventory: Inventory) -> Iterator[UnmanagedView]:
    ours = needed_secrets(inventory)
    for vault, entries in surveyed.observations.entries.items():
        for entry in sorted(entries, key=lambda entry: (entry.kind, entry.name)):
            if (vault, entry.name.lower()) not in ours and is_unmanaged(entry, vault, inventory):
                yield UnmanagedView(vault=vault, kind=entry.kind, name=entry.name, expires=entry.expires)


def renew_certificate(call: ApiRequest[RenewalInput]) -> HttpResponse:
    body = call.body
    request = Request(
        target=certificate_ref(call.path["name"]),
        trigger=call.trigger,
        force=body.force,
        ignore_backoff=body.ignore_backoff,
    )
    return submit_and_follow(request, call.ports())


def roll_back_certificate(call: ApiRequest[RollbackInput]) -> HttpResponse:
    version = Version(call.body.version) if call.body.version is not None else None
    request = Request(kind="rollback", target=certificate_ref(call.path["name"]), trigger=call.trigger, version=version)
    return submit_and_follow(request, call.ports())


def release_certificate(call: ApiRequest[NoInput, WithReason]) -> HttpResponse:
    request = Request(kind="release", target=certificate_ref(call.path["name"]), trigger=call.trigger)
    return submit_and_follow(request, call.ports())


def submit_and_follow(request: Request, ports: Ports) -> HttpResponse:
    """Submit a request about a certificate, and respond with the URL by which its progress can be followed."""
    return follow(submit_for_certificate(request, ports), ports)


NAME_IN_PATH = PathParameter(
    "A certificate's name in the inventory, which is its name in Key Vault; upper and lower case differ.",
    KEY_VAULT_NAME,
)
REFUSALS = (ProblemKind.UNKNOWN, ProblemKind.REFUSED, ProblemKind.TOO_MANY)

CERTIFICATE_OPERATIONS = (
    Operation(
        id="list_certificates",
        method="GET",
        path="certificates",
        summary="Every certificate, wanted, stored and served, and what else is in the vaults",
        description="Reads vaults, clusters and each replica of each relay now, which may take some seconds. What "
        "cannot be read is listed in `errors`, beside what can. `unmanaged` lists certificates and secrets that the "
        "inventory does not name.",
        role="reader",
        run=list_certificates,
        responses={200: CertificatesView},
    ),
    Operation(
        id="show_certificate",
        method="GET",
        path="certificates/{name}",
        summary="A certificate, wanted, stored and served",
        description="Reads its vault, its clusters and each replica now. What cannot be read is listed in `errors`, "
        "beside what can.",
        role="reader",
        run=show_certificate,
        responses={200: CertificateView},
        parameters={"name": NAME_IN_PATH},
        problems=(ProblemKind.UNKNOWN,),
    ),
    Operation(
        id="renew_certificate",
        method="POST",
        path="certificates/{name}/renewals",
        summary="Process a certificate now, and renew it if it is due, or by force",
        description="Queues the certificate, as a tick does: a new version is issued if one is due, or with `force`; "
        "then each place that does not serve what it should is brought to it, one cluster after the other. Windows, "
        "freezes and pauses hold as always. With nothing to do it ends as `done` and changes nothing. 409: the "
        "certificate is only observed, another tool marks it, or eight requests for it are open. 429: two hundred are "
        "open in all.",
        role="operator",
        run=renew_certificate,
        body=RenewalInput,
        responses={202: RequestView},
        parameters={"name": NAME_IN_PATH},
        problems=REFUSALS,
    ),
    Operation(
        id="roll_back_certificate",
        method="POST",
        path="certificates/{name}/rollbacks",
        summary="Return to an earlier version, and keep the newest in quarantine",
        description="Queues it: each place returns to what it was seen to serve before, or to `version`, one cluster "
        "after the other, whatever the window. Nothing is deleted from the vault, nothing revoked. The newest version "
        "stays in quarantine until it is released or a newer one is issued. It ends as `failed` if there turns out to "
        "be no earlier version that is still valid. 409: that is known at once (there is nothing to return to, or no "
        "such version), the certificate is only observed, another tool marks it, or eight requests for it are open. "
        "429: two hundred are open in all.",
        role="operator",
        run=roll_back_certificate,
        body=RollbackInput,
        responses={202: RequestView},
        parameters={"name": NAME_IN_PATH},
        problems=REFUSALS,
    ),
    Operation(
        id="release_certificate",
        method="DELETE",
        path="certificates/{name}/quarantine",
        summary="Release the newest version from quarantine",
        description="Queues it: the quarantine is lifted, and the newest version delivered again, one cluster after "
        "the other. 409: nothing is in quarantine, the certificate is only observed, another tool marks it, or eight "
        "requests for it are open. 429: two hundred are open in all.",
        role="operator",
        run=release_certificate,
        query=WithReason,
        responses={202: RequestView},
        parameters={"name": NAME_IN_PATH},
        problems=REFUSALS,
    ),
)
