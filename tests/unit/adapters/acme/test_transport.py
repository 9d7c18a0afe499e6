"""Signed requests: nonces, keys, bounds."""

import ssl
import tomllib
from pathlib import Path

import pytest
import requests
from acme.jws import JWS
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from shared.adapters.acme.keys import new_key, read_key
from shared.adapters.acme.transport import ATTEMPTS, USER_AGENT, Transport
from shared.domain.issuing.acme import AccountKey
from shared.errors import PermanentError, TransientError
from tests.unit.adapters.acme.scripted import DIRECTORY, Reply, Scripted, problem

ACCOUNT, ORDER = "https://acme.example.net/account/1", "https://acme.example.net/order/1"


def transport(authority: Scripted, key: AccountKey | None = None) -> Transport:
    return Transport(DIRECTORY, read_key(key or new_key()), authority.session())


def read(authority: Scripted, times: int = 1) -> list[bytes]:
    speaker = transport(authority)
    return [speaker.post(ORDER, b"", "cannot read order 1", ACCOUNT).body for _ in range(times)]


def pkcs8(private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> AccountKey:
    return AccountKey(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def test_directory_and_nonce_are_asked_for_once() -> None:
    authority = Scripted(Reply(b"1"), Reply(b"2"), Reply(b"3"))

    assert read(authority, times=3) == [b"1", b"2", b"3"]
    assert authority.requests == [
        f"GET {DIRECTORY}",
        "HEAD https://acme.example.net/newNonce",
        *[f"POST {ORDER}"] * 3,
    ]


def test_each_nonce_is_used_once_and_the_newest_first() -> None:
    authority = Scripted(Reply(), problem("malformed"), Reply())
    speaker = transport(authority)

    speaker.post(ORDER, b"", "cannot read order 1", ACCOUNT)
    with pytest.raises(PermanentError):
        speaker.post(ORDER, b"", "cannot read order 1", ACCOUNT)
    speaker.post(ORDER, b"", "cannot read order 1", ACCOUNT)

    assert [authority.protected(number)["nonce"] for number in range(3)] == ["n002", "n003", "n004"]


def test_no_nonce_is_used_twice_where_an_answer_brings_none() -> None:
    authority = Scripted(*[Reply(headers={"Replay-Nonce": ""})] * 4)

    read(authority, times=4)

    assert len({authority.protected(number)["nonce"] for number in range(4)}) == 4


def test_a_refused_nonce_is_followed_by_the_one_that_came_with_the_refusal() -> None:
    authority = Scripted(*[problem("badNonce")] * (ATTEMPTS - 1), Reply(b"at last"))

    assert read(authority) == [b"at last"]
    assert authority.requests.count("HEAD https://acme.example.net/newNonce") == 1


def test_nonces_that_are_always_refused_end_the_attempt() -> None:
    authority = Scripted(*[problem("badNonce", detail="no")] * ATTEMPTS)

    with pytest.raises(TransientError, match="cannot read order 1: answered 400 badNonce: no"):
        read(authority)
    assert len(authority.bodies) == ATTEMPTS


@pytest.mark.parametrize("nonce", ["a", "abcde", "AB", "n_-9", "x" * 27, "A" * 1024])
def test_a_nonce_is_text_whatever_its_length(nonce: str) -> None:
    authority = Scripted(Reply())
    authority.plain["https://acme.example.net/newNonce"] = Reply(headers={"Replay-Nonce": nonce})

    read(authority)

    assert authority.protected(0)["nonce"] == nonce


@pytest.mark.parametrize("key", [new_key(), pkcs8(rsa.generate_private_key(65_537, 2048))], ids=["ec", "rsa"])
@pytest.mark.parametrize("account", [ACCOUNT, None])
def test_what_is_signed_can_be_verified(key: AccountKey, account: str | None) -> None:
    signing = read_key(key)

    signed = JWS.json_loads(signing.sign(b"hello", ORDER, "n001", account))

    assert signed.payload == b"hello"
    assert signed.verify(signing.jwk.public_key())


@pytest.mark.parametrize("nonce", ["", "$$$$", "AAAB==", "a b", "n\u00e9", "A" * 1025])
def test_a_nonce_that_is_none_is_not_used(nonce: str) -> None:
    authority = Scripted()
    for url, reply in authority.plain.items():
        authority.plain[url] = Reply(reply.body, headers={"Replay-Nonce": nonce})

    with pytest.raises(TransientError, match="nonce"):
        read(authority)


def test_a_request_names_its_url_and_its_account_or_shows_the_key() -> None:
    authority = Scripted(Reply(), Reply())
    speaker = transport(authority)

    speaker.post(ORDER, b"", "cannot read order 1", ACCOUNT)
    speaker.post(ORDER, b"", "cannot read order 1", None)

    named, shown = authority.protected(0), authority.protected(1)
    assert (named["url"], named["kid"], named["alg"], "jwk" in named) == (ORDER, ACCOUNT, "ES256", False)
    assert (set(shown["jwk"]), "kid" in shown) == ({"kty", "crv", "x", "y"}, False)


def test_an_rsa_key_signs_with_rs256() -> None:
    authority = Scripted(Reply())

    transport(authority, pkcs8(rsa.generate_private_key(65_537, 2048))).post(ORDER, b"", "cannot", ACCOUNT)

    assert authority.protected(0)["alg"] == "RS256"


@pytest.mark.parametrize("key", [AccountKey(b"hunter2"), pkcs8(ec.generate_private_key(ec.SECP384R1()))])
def test_a_key_that_cannot_sign_is_refused_without_being_shown(key: AccountKey) -> None:
    with pytest.raises(PermanentError, match="account key") as refused:
        read_key(key)
    assert "hunter2" not in f"{refused.value!r}{refused.value.__cause__!r}{key!r}"


@pytest.mark.parametrize("error", [requests.ConnectTimeout("t"), requests.ConnectionError("c"), OSError("o")])
def test_a_connection_that_fails_may_work_later(error: Exception) -> None:
    with pytest.raises(TransientError, match=rf"cannot read order 1: .*\({type(error).__name__}\)"):
        read(Scripted(Reply(error=error)))


def test_a_server_that_is_not_trusted_needs_a_person() -> None:
    cause = ssl.SSLCertVerificationError(1, "certificate verify failed")
    cause.verify_message = "self-signed certificate"

    with pytest.raises(PermanentError, match=r"is not trusted: self-signed certificate\..*REQUESTS_CA_BUNDLE"):
        read(Scripted(Reply(error=requests.exceptions.SSLError(cause))))


def test_a_handshake_that_fails_otherwise_may_work_later() -> None:
    cause = ssl.SSLError(1, "[SSL: TLSV1_ALERT_INTERNAL_ERROR]")
    cause.reason = "TLSV1_ALERT_INTERNAL_ERROR"

    with pytest.raises(TransientError, match="cannot read order 1: TLS failed: tlsv1 alert internal error"):
        read(Scripted(Reply(error=requests.exceptions.SSLError(cause))))


def test_an_endless_answer_is_not_read() -> None:
    with pytest.raises(PermanentError, match="longer than 1,000,000 bytes"):
        read(Scripted(Reply(b"x" * 1_000_001)))


def test_a_redirect_is_not_followed() -> None:
    authority = Scripted(Reply(status=301, headers={"Location": "/elsewhere"}))

    with pytest.raises(PermanentError, match=r"moved to https://acme\.example\.net/elsewhere"):
        read(authority)
    assert len(authority.bodies) == 1


def test_the_user_agent_tells_the_version() -> None:
    project = tomllib.loads((Path(__file__).parents[4] / "pyproject.toml").read_text())["project"]

    assert f"{project['name']}/{project['version']}" == USER_AGENT
