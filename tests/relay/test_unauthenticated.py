"""A real Exim is offered mail by a stranger: the reference relay refuses it, one that was opened is reported."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.node.volumes import volume_of
from shared.adapters.smtp.probe import SmtpProber
from shared.domain.report import FleetReport
from shared.domain.serving.open_relay import OpenRelayResult
from shared.domain.serving.probe import Probe
from tests.fakes.inventory import small_inventory
from tests.relay.conftest import ADDRESS, CONFIGURATION, RunningRelay, running
from tests.unit.domain.alerting.watching import Watching

RECIPIENT = "postmaster@example.org"
SENDER = "probe@example.net"
NAME = "mail.example"
VERSION = "0123456789abcdef" * 2
RECEIVED = " <= "
"""How Exim logs a mail that it took."""

LOGIN = "accept  authenticated = *"
ANYBODY = "accept  hosts = *"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[RunningRelay]:
    """The reference relay with one line changed."""
    text = CONFIGURATION.read_text()
    assert LOGIN in text
    configuration = tmp_path_factory.mktemp("open") / "exim.conf"
    configuration.write_text(text.replace(LOGIN, ANYBODY))
    with running(folder / "open", configuration) as relay:
        yield relay


def offer_to(relay: RunningRelay) -> OpenRelayResult:
    relay.project(
        "tls", {"default.current": VERSION.encode(), f"default.{VERSION}.pem": relay.certificate(NAME).bundle}
    )
    [offer] = SmtpProber().check_open_relay([Probe("mailrelay-0", ADDRESS, relay.port, NAME)], RECIPIENT, SENDER)
    return offer


def test_the_reference_relay_refuses_mail_without_a_login(relay: RunningRelay) -> None:
    offer = offer_to(relay)
    assert (offer.verdict, offer.message) == ("refused", "550 relay not permitted: authenticate after STARTTLS")


def test_a_relay_that_was_opened_takes_it_and_is_reported(opened: RunningRelay) -> None:
    offer = offer_to(opened)
    assert (offer.verdict, offer.message) == ("accepted", "250 Accepted")

    inventory = small_inventory({"refuses_unauthenticated": RECIPIENT})
    [place, _] = inventory.places("dev-mail-example-net")
    [alert] = Watching(inventory).see(FleetReport(open_relay_results={place: (offer,)})).values()
    assert (alert.name, alert.severity, alert.cluster) == ("AcceptsUnauthenticated", "critical", "ss-dev-00")
    assert f"mailrelay-0 on port {opened.port} takes mail for {RECIPIENT} without a login: 250" in alert.message


def test_no_mail_comes_of_an_offer(opened: RunningRelay) -> None:
    offer_to(opened)
    spool = volume_of(opened.folder / "pod", "spool")
    assert RECEIVED not in opened.log
    assert [file for file in (spool / "input").rglob("*") if file.is_file()] == []
