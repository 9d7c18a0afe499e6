"""Authorizations and their dns-01 challenges (RFC 8555, sections 7.5 and 8.4)."""

from collections.abc import Mapping
from typing import Any

from acme.challenges import DNS01
from josepy.errors import DeserializationError

from shared.adapters.authority.keys import SigningKey
from shared.adapters.authority.problems import lost_if_unknown
from shared.adapters.authority.shapes import AuthorizationBody, ChallengeBody, Failure, convert, https, read
from shared.adapters.authority.transport import AS_GET, Transport
from shared.adapters.authority.words import in_words
from shared.domain.acme import Account, Authorization, Challenge
from shared.errors import PermanentError

READY = b"{}"
"""The payload that says that a challenge may be validated (section 7.5.1)."""


def read_authorization(transport: Transport, account: Account, url: str) -> Authorization:
    """Read an authorization, with the TXT value that its dns-01 challenge asks for. Raises OrderLost."""
    tried = f"cannot read authorization {url}"
    with lost_if_unknown():
        answer = transport.post(url, AS_GET, tried, account.url)
    body = read(answer.body, AuthorizationBody, tried)
    failures = (convert(challenge, Failure, tried).error for challenge in body.challenges)
    dns01 = next((challenge for challenge in body.challenges if challenge.get("type") == DNS01.typ), None)
    return Authorization(
        url=url,
        status=body.status,
        name=body.identifier.value.lower(),
        challenge=None if dns01 is None else challenge_of(dns01, transport.key, tried),
        error="; ".join(in_words(failure) for failure in failures if failure),
    )


def challenge_of(offered: Mapping[str, Any], key: SigningKey, tried: str) -> Challenge:
    body = convert(offered, ChallengeBody, tried)
    try:
        token = DNS01.from_json(offered)
    except DeserializationError as error:
        raise PermanentError(
            f"{tried}: the token of its dns-01 challenge breaks RFC 8555, section 8.4: {error}"
        ) from error
    return Challenge(url=https(body.url, tried), status=body.status, txt=str(token.validation(key.jwk)))


def answer_challenge(transport: Transport, account: Account, challenge: Challenge) -> None:
    """Let a challenge be validated. One that was answered before may be refused, which is no error."""
    tried = f"cannot answer challenge {challenge.url}"
    try:
        transport.post(challenge.url, READY, tried, account.url)
    except PermanentError:
        answer = transport.post(challenge.url, AS_GET, tried, account.url)
        if read(answer.body, ChallengeBody, tried).status == "pending":
            raise
