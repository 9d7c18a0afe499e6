"""Authorizations and their dns-01 challenges (RFC 8555, sections 7.5 and 8.4)."""

import hashlib
import logging
from collections.abc import Mapping
from typing import Any

from acme.challenges import DNS01
from josepy.b64 import b64encode

from shared.adapters.acme.keys import SigningKey
from shared.adapters.acme.problems import ValidationFailed, lost_if_unknown
from shared.adapters.acme.shapes import AuthorizationBody, ChallengeBody, Failure, convert, https, read
from shared.adapters.acme.transport import AS_GET, Transport
from shared.adapters.acme.words import in_words
from shared.domain.issuing.acme import Account, Authorization, Challenge
from shared.errors import PermanentError

log = logging.getLogger("relaykeeper.progress")

READY = b"{}"
"""The payload that says that a challenge may be validated (section 7.5.1)."""


def read_authorization(transport: Transport, account: Account, url: str) -> Authorization:
    """Read an authorization, with the TXT value that its dns-01 challenge asks for. Raises OrderLost."""
    tried = f"cannot read authorization {url}"
    with lost_if_unknown():
        answer = transport.post(url, AS_GET, tried, account.url)
    body = read(answer.body, AuthorizationBody, tried)
    failures = (body.error, *(convert(challenge, Failure, tried).error for challenge in body.challenges))
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
    return Challenge(
        url=https(body.url, tried),
        status=body.status,
        txt=txt_value(body.token, key),
        error=in_words(convert(offered, Failure, tried).error),
    )


def txt_value(token: str, key: SigningKey) -> str:
    """Return what a TXT record must show: the digest of the token as it was given, a dot, and the key's thumbprint
    (sections 8.1 and 8.4)."""
    return b64encode(hashlib.sha256(f"{token}.{key.thumbprint()}".encode()).digest()).decode()


def answer_challenge(transport: Transport, account: Account, challenge: Challenge) -> None:
    """Let a challenge be validated; a refusal of one that was answered before is no error. Raises OrderLost.

    Nor is one that says that the validation failed, as serles answers at once: the authorization has the words then.
    """
    tried = f"cannot answer challenge {challenge.url}"
    try:
        transport.post(challenge.url, READY, tried, account.url)
    except ValidationFailed as failed:
        log.info("%s", failed)
    except PermanentError:
        with lost_if_unknown():
            answer = transport.post(challenge.url, AS_GET, tried, account.url)
            if read(answer.body, ChallengeBody, tried).status == "pending":
                raise
