"""No key, token or password leaves its place, whatever fails on the way."""

import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from azure.identity import DefaultAzureCredential
from azure.storage.blob import ContainerClient
from azure.storage.queue import QueueClient
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from infra.local.stack import start_host
from shared.azure import STORAGE_OPTIONS
from shared.compose import CONTAINER, QUEUE
from tests.e2e import leaks
from tests.e2e.conftest import DEV, HOST, PATIENCE, PAUSE, Fleet
from tests.e2e.places import messages, places, secrets, versions
from tests.fakes.leaves import PrivateKey, Signer, signing_request

pytestmark = pytest.mark.e2e

SECONDS = 10
KEYS: dict[str, PrivateKey] = {
    "EC": ec.generate_private_key(ec.SECP256R1()),
    "EC, 384 bits": ec.generate_private_key(ec.SECP384R1()),
    "RSA": rsa.generate_private_key(65_537, 2048),
}


def test_renewals_that_fail_and_renewals_that_go_well_show_no_secret(fleet: Fleet) -> None:
    fail_while_keys_are_on_their_way(fleet)
    waiting = messages_of_an_issuance_that_waits(fleet)
    fleet.tick()

    found = leaks.leaks(list(secrets(fleet)), {**waiting, **places(fleet)})

    assert found == []


def fail_while_keys_are_on_their_way(fleet: Fleet) -> None:
    """Let every answer that holds a key break off in the middle: the account's to an order, a bundle to a Secret."""
    fleet.clusters[0].edit_secret({f"{HOST}.current": b""})
    fleet.add_a_name()
    with answers_about_secrets_cut(fleet), delays_dropped(fleet):
        fleet.tick_until(lambda: fleet.journal().at("dev@ss-dev-00").error is not None)
    backoff = fleet.journal().backoff
    assert backoff is not None
    assert "cannot read secret letsencrypt-account-key in vault prod" in backoff.error
    assert "cannot read key and chain of" in (fleet.journal().at("dev@ss-dev-00").error or "")


@contextmanager
def delays_dropped(fleet: Fleet) -> Iterator[None]:
    """Empty the queue afterwards: a message that was put off for minutes would keep every tick waiting."""
    service = fleet.stack.addresses.queue_service
    with (
        DefaultAzureCredential() as credential,
        QueueClient(service, QUEUE, credential=credential, **STORAGE_OPTIONS) as queue,
    ):
        try:
            yield
        finally:
            queue.clear_messages()


@contextmanager
def answers_about_secrets_cut(fleet: Fleet) -> Iterator[None]:
    vaults = [fleet.stack.addresses.vault(name) for name in ("dev", "prod")]
    for vault in vaults:
        fault = {"match": "* /secrets/", "answer": "drop", "after": True}
        requests.post(f"{vault}/_faults", json=fault, timeout=SECONDS).raise_for_status()
    try:
        yield
    finally:
        for vault in vaults:
            requests.delete(f"{vault}/_faults", timeout=SECONDS).raise_for_status()


def messages_of_an_issuance_that_waits(fleet: Fleet) -> dict[str, bytes]:
    """Return the delayed message of an issuance that waits for DNS: it shows once host and delay are gone."""
    supervisor = fleet.stack.supervisor
    supervisor.stop("bind-secondary")
    fleet.add_a_name()
    fleet.tick_until(lambda: fleet.journal().attempt.next_attempt is not None)
    supervisor.stop("host")
    try:
        seen = delayed_messages(fleet)
    finally:
        supervisor.restart("bind-secondary")
        start_host(fleet.stack)
    fleet.add_a_name()  # a change of the zone is what tells a restarted secondary to look
    return seen


def delayed_messages(fleet: Fleet) -> dict[str, bytes]:
    deadline = time.monotonic() + PATIENCE
    while not (seen := dict(messages(fleet))):
        assert time.monotonic() < deadline, "the delayed message does not come"
        time.sleep(PAUSE)
    return seen


def test_the_search_finds_keys_that_were_written_on_purpose_into_a_log_and_into_a_journal(fleet: Fleet) -> None:
    ports = fleet.ports
    account_key = ports.vault.secret(ports.inventory.issuers["letsencrypt"].account_key)
    certificate = ports.inventory.certificates[DEV]
    certificate_key = ports.vault.bundle(certificate, fleet.stored().version).key
    versions_of_key = [
        version
        for version in versions(fleet, certificate)
        if ports.vault.bundle(certificate, version).key == certificate_key
    ]
    assert account_key is not None

    with planted_log(fleet, account_key.encode().hex().encode()), planted_blob(fleet, b64encode(certificate_key)):
        found = leaks.leaks(list(secrets(fleet)), places(fleet))

    assert found == [
        "the account key of letsencrypt is seen in logs/planted.log",
        *(
            f"the key of {DEV}, version {version[:8]} is seen in blob relaykeeper/certificates/planted.json"
            for version in sorted(versions_of_key)
        ),
    ]


@contextmanager
def planted_log(fleet: Fleet, content: bytes) -> Iterator[None]:
    path = fleet.stack.logs / "planted.log"
    path.write_bytes(b"12:00:00 INFO " + content + b"\n")
    yield
    path.unlink()


@contextmanager
def planted_blob(fleet: Fleet, content: bytes) -> Iterator[None]:
    service = fleet.stack.addresses.blob_service
    with (
        DefaultAzureCredential() as credential,
        ContainerClient(service, CONTAINER, credential=credential, **STORAGE_OPTIONS) as container,
    ):
        container.upload_blob("certificates/planted.json", b'{"error": "' + content + b'"}')
        yield
        container.delete_blob("certificates/planted.json")


def pem(private: PrivateKey, shape: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    return private.private_bytes(Encoding.PEM, shape, NoEncryption())


def der(private: PrivateKey) -> bytes:
    return private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def number(private: PrivateKey) -> bytes:
    return leaks.private_numbers(private)[0]


WRITTEN: dict[str, Callable[[PrivateKey], bytes]] = {
    "PEM": pem,
    "PEM, openssl's own": lambda private: pem(private, PrivateFormat.TraditionalOpenSSL),
    "PEM without fences": lambda private: b"\n".join(pem(private).splitlines()[1:-1]),
    "PEM in JSON": lambda private: pem(private).replace(b"\n", rb"\n"),
    "PEM on one line": lambda private: pem(private).replace(b"\n", b""),
    "PEM cut in half": lambda private: pem(private)[: len(pem(private)) // 2],
    "PEM in base64": lambda private: b64encode(pem(private)),
    "PEM in hex": lambda private: pem(private).hex().encode(),
    "DER": der,
    "DER in hex": lambda private: der(private).hex().upper().encode(),
    "DER in base64": lambda private: b64encode(der(private)),
    "DER as Python shows it": lambda private: repr(der(private)).encode(),
    "the number": number,
    "the number in hex": lambda private: number(private).hex().encode(),
    "the number in decimal": lambda private: str(int.from_bytes(number(private))).encode(),
    "the number in base64url, as in a JWK": lambda private: urlsafe_b64encode(number(private)).rstrip(b"="),
    "the number in base64, one byte on": lambda private: b64encode(b"." + number(private)),
    "the number in base64, two bytes on": lambda private: b64encode(b".." + number(private) + b"..."),
}


@pytest.mark.parametrize("private", KEYS.values(), ids=KEYS)
@pytest.mark.parametrize("write", WRITTEN.values(), ids=WRITTEN)
def test_a_key_written_into_a_log_is_found_however_it_is_written(
    tmp_path: Path, write: Callable[[PrivateKey], bytes], private: PrivateKey
) -> None:
    log = tmp_path / "host.log"
    log.write_bytes(b'{"message": "failed: ' + write(private) + b'"}\n')

    assert leaks.leaks([leaks.key("the key", pem(private))], {log.name: log.read_bytes()}) == [
        "the key is seen in host.log"
    ]


@pytest.mark.parametrize("before", [b"", b'"'], ids=["no double quote", "a double quote"])
@pytest.mark.parametrize("hidden", ["it's", 'say "so"', "both ' and \""])
def test_a_secret_with_quotes_is_found_in_what_python_shows(before: bytes, hidden: str) -> None:
    shown = repr(before + hidden.encode() + b"\0").encode()

    assert leaks.leaks([leaks.text("a password", hidden)], {"host.log": shown}) == ["a password is seen in host.log"]


@pytest.mark.parametrize("write", [bytes, bytes.hex, b64encode, repr], ids=["raw", "hex", "base64", "repr"])
def test_a_token_is_found_by_the_header_that_all_tokens_of_its_issuer_share(
    write: Callable[[bytes], bytes | str],
) -> None:
    known = leaks.tokens("a token", "eyJraWQiOiI3In0.eyJvaWQiOiIxIn0.c2lnbmF0dXJl")
    another = write(b"Authorization: Bearer eyJraWQiOiI3In0.eyJvaWQiOiIyIn0.b3RoZXI")

    content = another.encode() if isinstance(another, str) else another
    assert leaks.leaks([known], {"host.log": content}) == ["a token is seen in host.log"]


@pytest.mark.parametrize("private", KEYS.values(), ids=KEYS)
def test_what_is_public_is_not_taken_for_a_leak(private: PrivateKey) -> None:
    public: list[x509.Certificate | x509.CertificateSigningRequest] = [
        signing_request(private, [HOST]),
        Signer("Authority").issue(private.public_key(), HOST),
    ]
    spki = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    content = spki + b"".join(one.public_bytes(Encoding.PEM) + one.public_bytes(Encoding.DER) for one in public)

    assert leaks.leaks([leaks.key("the key", pem(private))], {"host.log": content}) == []


def test_what_is_found_is_named_and_not_shown() -> None:
    hidden = leaks.text("a password", "canary-that-must-not-sing")
    found = leaks.leaks([hidden], {"host.log": b"password=canary-that-must-not-sing"})
    assert "canary" not in repr(hidden) + repr(found)
