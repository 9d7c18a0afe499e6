"""Journals, Secrets and messages that somebody damaged: a clear error each, and the rest of the fleet goes on."""

import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from itertools import count

import pytest
from azure.identity import DefaultAzureCredential
from azure.storage.blob import ContainerClient
from azure.storage.queue import QueueClient

from infra.local.run_tick import HostLog
from shared.azure import STORAGE_OPTIONS
from shared.compose import CONTAINER, QUEUE
from tests.e2e.conftest import DEV, HOST, INTERNAL, PATIENCE, PAUSE, Fleet

pytestmark = pytest.mark.e2e

INTERNAL_HOST = "dev-in.mailrelay.internal.platform.hmcts.net"
JOURNAL = f"certificates/{DEV}.json"
ACCOUNT = "issuers/letsencrypt.json"
NUMBERS = count(1)


@pytest.fixture
def container(fleet: Fleet) -> Iterator[ContainerClient]:
    """Where the journals are, as a person gets at them."""
    service = fleet.stack.addresses.blob_service
    with (
        DefaultAzureCredential() as credential,
        ContainerClient(service, CONTAINER, credential=credential, **STORAGE_OPTIONS) as container,
    ):
        yield container


@pytest.fixture
def queue(fleet: Fleet) -> Iterator[QueueClient]:
    """The queue, as a person gets at it."""
    with queue_of(fleet, QUEUE) as queue:
        yield queue


@pytest.fixture
def poison(fleet: Fleet) -> Iterator[QueueClient]:
    """The poison queue, empty afterwards."""
    with queue_of(fleet, f"{QUEUE}-poison") as queue:
        yield queue
        queue.clear_messages()


def queue_of(fleet: Fleet, name: str) -> QueueClient:
    return QueueClient(
        fleet.stack.addresses.queue_service, name, credential=DefaultAzureCredential(), **STORAGE_OPTIONS
    )


def renew_the_other(fleet: Fleet) -> Callable[[], bool]:
    """Make the other certificate due; return what tells whether it was renewed and every replica serves it."""
    before = fleet.stored(INTERNAL).version
    fleet.change_certificate(INTERNAL, dns_names=[INTERNAL_HOST, f"b{next(NUMBERS)}.{INTERNAL_HOST}"])

    def renewed() -> bool:
        stored = fleet.stored(INTERNAL)
        served = {seen.thumbprint for seen in fleet.openssl_results(INTERNAL_HOST)}
        return stored.version != before and served == {stored.leaf.thumbprint}

    return renewed


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """Return an edit by hand; the text must be there to be replaced."""

    def edit(journal: bytes) -> bytes:
        assert old in journal
        return journal.replace(old, new, 1)

    return edit


SPOILT: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "it is not a journal: Input data was truncated"),
    "truncated": (lambda journal: journal[: len(journal) // 2], "it is not a journal: Input data was truncated"),
    "newer": (
        replaced(b'"schema": 1', b'"schema": 2'),
        "it was written by a newer release: schema 2; this release reads 1. It stays as it is",
    ),
    "annotated": (replaced(b"{", b'{"note": "mine",'), "it holds what this release does not know: $.note"),
}


@pytest.mark.parametrize(("spoil", "why"), SPOILT.values(), ids=SPOILT)
def test_an_unreadable_journal_stops_its_own_certificate_only_until_it_is_deleted(
    fleet: Fleet, container: ContainerClient, spoil: Callable[[bytes], bytes], why: str
) -> None:
    version = fleet.stored().version
    spoilt = spoil(container.download_blob(JOURNAL).readall())
    container.upload_blob(JOURNAL, spoilt, overwrite=True)
    other_is_renewed = renew_the_other(fleet)

    fleet.tick()

    assert fleet.said(f"cannot read journal {JOURNAL}: {why}", "az storage blob delete", f"--name {JOURNAL}")
    assert container.download_blob(JOURNAL).readall() == spoilt
    assert other_is_renewed()

    container.delete_blob(JOURNAL)
    fleet.tick()
    assert_proven_everywhere(fleet, version)


def assert_proven_everywhere(fleet: Fleet, version: str) -> None:
    """The journal says of each place that it serves this version, and nothing else is left to tell."""
    journal = fleet.journal()
    proofs = [journal.at(f"dev@{cluster.name}").verified for cluster in fleet.clusters]
    assert [proof and proof.version for proof in proofs] == [version] * 2
    assert (journal.issuance, journal.backoff, journal.attempt.error, journal.attempt.next_attempt) == (None,) * 4
    assert fleet.stored().version == version


def test_a_repaired_journal_is_read_again(fleet: Fleet, container: ContainerClient) -> None:
    journal = container.download_blob(JOURNAL).readall()
    container.upload_blob(JOURNAL, b"", overwrite=True)
    fleet.tick()

    container.upload_blob(JOURNAL, journal, overwrite=True)
    fleet.tick()

    assert fleet.said(DEV, "nothing to do")
    assert container.download_blob(JOURNAL).readall() == journal


def test_a_journal_that_claims_what_is_not_so_is_put_right(fleet: Fleet, container: ContainerClient) -> None:
    version = fleet.stored().version
    journal = container.download_blob(JOURNAL).readall()
    container.upload_blob(JOURNAL, journal.replace(version.encode(), b"0" * len(version)), overwrite=True)

    fleet.tick()

    assert fleet.said(DEV, "served, not yet recorded")
    assert_proven_everywhere(fleet, version)


def test_an_unreadable_account_journal_stops_orders_only_until_it_is_deleted(
    fleet: Fleet, container: ContainerClient
) -> None:
    before = fleet.stored().version
    container.upload_blob(ACCOUNT, b'{"schema": 1, "url": "https', overwrite=True)
    fleet.add_a_name()
    other_is_renewed = renew_the_other(fleet)

    fleet.tick()

    backoff = fleet.journal().backoff
    assert backoff is not None
    assert f"cannot read journal {ACCOUNT}: it is not a journal" in backoff.error
    assert fleet.stored().version == before
    assert other_is_renewed()

    container.delete_blob(ACCOUNT)
    fleet.tick()
    assert fleet.stored().version != before
    assert_proven_everywhere(fleet, fleet.stored().version)


def test_a_damaged_secret_is_repaired_and_its_neighbour_renewed(fleet: Fleet) -> None:
    good = [pem_files(cluster.secret().data) for cluster in fleet.clusters]
    named, default = (f"{name}.{fleet.stored().version}.pem" for name in (HOST, "default"))
    bundle, stranger = good[0][named], good[0][f"{INTERNAL_HOST}.{fleet.stored(INTERNAL).version}.pem"]
    chain = bundle[bundle.index(b"-----BEGIN CERTIFICATE") :]
    fleet.clusters[0].edit_secret({named: bundle[: len(bundle) // 2], default: b""})
    fleet.clusters[1].edit_secret({named: stranger[: stranger.index(b"-----BEGIN CERTIFICATE")] + chain})
    other_is_renewed = renew_the_other(fleet)

    fleet.tick()

    assert fleet.said(DEV, "dev@ss-dev-00: the Secret was edited")
    assert fleet.said(DEV, "dev@ss-dev-01: the Secret was edited")
    for cluster, before in zip(fleet.clusters, good, strict=True):
        after = pem_files(cluster.secret().data)
        assert (after[named], after[default]) == (before[named], before[default])
    assert other_is_renewed()


def pem_files(data: dict[str, str]) -> dict[str, bytes]:
    return {file: b64decode(content) for file, content in data.items()}


JUNK = {
    "hello": "a message of 5 characters cannot be read: JSON is malformed",
    "[]": "a message of 2 characters cannot be read: Expected `object`, got `array`",
    '{"correlation": "by hand"}': "Object missing required field `target`",
    '{"target": 7, "correlation": "by hand"}': "Expected `str`, got `int` - at `$.target`",
    '{"target": "planet/mars", "correlation": "by hand"}': "'planet/mars' is neither `all` nor `self` nor KIND/NAME",
    '{"target": "relay/dev", "correlation": "by hand"}': "nothing is done for a message about relay/dev",
    '{"target": "certificate/nobody", "correlation": "by hand"}': "no certificate 'nobody' in the inventory",
    '{"target": "certificate/../issuers/letsencrypt", "correlation": "x"}': (
        "no certificate '../issuers/letsencrypt' in the"
    ),
    "x" * 40_000: "a message of 40000 characters cannot be read",
}
"""What was sent, and what is said of it."""


def test_junk_in_the_queue_is_dropped_with_a_clear_error_each_and_work_goes_on(
    fleet: Fleet, queue: QueueClient
) -> None:
    log = HostLog(fleet.stack.logs / "host.log")
    for text in JUNK:
        queue.send_message(b64encode(text.encode()).decode())
    other_is_renewed = renew_the_other(fleet)

    fleet.tick()

    lines = [entry["message"] for entry in log.entries()]
    for words in JUNK.values():
        assert any(words in line for line in lines), words
    assert not any("x" * 1_000 in line for line in lines)
    assert other_is_renewed()


def test_an_undecodable_message_goes_to_the_poison_queue_and_work_goes_on(
    fleet: Fleet, queue: QueueClient, poison: QueueClient
) -> None:
    said = HostLog(fleet.stack.logs / "host.log")
    queue.send_message("not base64!")
    other_is_renewed = renew_the_other(fleet)

    fleet.tick()

    assert any(f"moved to {poison.queue_name}" in entry["message"] for entry in said.entries())
    assert other_is_renewed()


def test_junk_in_the_poison_queue_is_dropped_with_a_clear_error(fleet: Fleet, poison: QueueClient) -> None:
    log = HostLog(fleet.stack.logs / "host.log")
    poison.send_message(b64encode(b"hello").decode())

    said: list[str] = []
    deadline = time.monotonic() + PATIENCE
    while not any("a message of 5 characters cannot be read" in line for line in said) or waiting(poison):
        assert time.monotonic() < deadline, said
        time.sleep(PAUSE)
        said += [entry["message"] for entry in log.entries() if entry["function"] == "handle_poison"]


def waiting(queue: QueueClient) -> int:
    """Return how many messages there are, hidden ones included."""
    return queue.get_queue_properties().approximate_message_count or 0
