"""How an authority's objects change (RFC 8555, section 7.1.6)."""

import secrets
from collections.abc import Collection
from dataclasses import replace

from shared.domain.acme import Authorization, AuthorizationStatus, Challenge, Order


def asked(url: str, name: str) -> Authorization:
    """Return an authorization that nobody has answered yet."""
    challenge = Challenge(f"{url}/dns-01", "pending", secrets.token_urlsafe(32))
    return Authorization(url, "pending", name.removeprefix("*."), challenge)


def validated(authorization: Authorization, challenge: Challenge, refusal: str, patient: bool = False) -> Authorization:
    """Return the authorization after its challenge was looked at; a `refusal` says why that failed.

    A `patient` authority goes on trying (section 8.2).
    """
    if refusal:
        error = f"unauthorized: {refusal}"
        failed = replace(challenge, status="processing" if patient else "invalid", error=error)
        return replace(authorization, status="pending" if patient else "invalid", challenge=failed, error=error)
    return replace(authorization, status="valid", challenge=replace(challenge, status="valid", error=""), error="")


def settled(order: Order, authorizations: Collection[AuthorizationStatus]) -> Order:
    """Return the order once the authority has done with it what it can."""
    if order.status == "pending" and "invalid" in authorizations:
        return replace(order, status="invalid")
    if order.status == "pending" and set(authorizations) == {"valid"}:
        return replace(order, status="ready")
    if order.status == "processing":
        return replace(order, status="valid", certificate=f"{order.url}/certificate")
    return order
