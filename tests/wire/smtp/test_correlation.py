"""The fields of an execution reach its last probe, in threads of the adapter's own."""

import logging
from pathlib import Path

import pytest

from shared.adapters.smtp.probe import SmtpProber
from shared.log_context import step
from tests.wire.smtp.servers import HOST, Shown, question, relay, serving


def test_each_probe_is_logged_with_the_correlation(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shown = Shown(HOST, tmp_path)
    with serving(relay(shown)) as port, step(correlation="4f0c", place="prod@ss-prod-00"):
        SmtpProber(seconds=5).probe([question(port), question(port, None)])

    probes = [record for record in caplog.records if record.name == "relaykeeper.relays"]
    assert [(vars(probe)["correlation"], vars(probe)["place"]) for probe in probes] == [("4f0c", "prod@ss-prod-00")] * 2
    assert all(shown.thumbprint in probe.getMessage() for probe in probes)
