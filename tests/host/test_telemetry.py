"""OpenTelemetry, switched on by its settings alone: our records arrive, each with what it is about."""

import json
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from infra.local.loopback import Addresses
from infra.local.processes import Process, Supervisor, answers
from infra.local.stack import APP
from tests.host.collecting import Collector, collecting
from tests.host.conftest import Storage
from tests.host.hosting import eventually, host_command

MESSAGE = {"target": "certificate/prod-mailrelay", "correlation": "4f0c"}
NOWHERE = {"RELAYKEEPER_INVENTORY": "/absent.yaml", "AzureWebJobsStorage__blobServiceUri": "https://absent.example"}
QUIET = {f"RELAYKEEPER_{timer}_SCHEDULE": "0 0 0 29 2 *" for timer in ("TICK", "WATCH")}
"""No timer fires meanwhile: the watch's own would, each ten minutes, and log a record too."""

ON = {"PYTHON_ENABLE_OPENTELEMETRY": "true"}


@contextmanager
def product(
    supervisor: Supervisor, folder: Path, addresses: Addresses, storage: Storage, values: Mapping[str, str]
) -> Iterator[Process]:
    """The product, with no inventory to be found: whatever it is asked to do, it says so."""
    settings = folder / "settings.json"
    settings.write_text(json.dumps({"Values": {**storage.values, **NOWHERE, **QUIET, **values}}))
    url = f"http://{addresses.core}:7071"
    process = supervisor.start(
        "product", host_command(settings, APP, addresses.core), ready=lambda: answers(f"{url}/admin/host/status")
    )
    try:
        asked = urllib.request.Request(  # noqa: S310 our own loopback URL
            f"{url}/admin/functions/renew",
            data=json.dumps({"input": json.dumps(MESSAGE)}).encode(),
            headers={"content-type": "application/json"},
        )
        urllib.request.urlopen(asked, timeout=5).close()  # noqa: S310 the same
        yield process
    finally:
        process.end(process.server.stop_signal)


def ours(collector: Collector) -> bool:
    return any(record.logger == "relaykeeper.functions" for record in collector.records)


def test_each_record_arrives_with_its_fields_as_attributes(
    supervisor: Supervisor, addresses: Addresses, storage: Storage, tmp_path: Path
) -> None:
    with collecting(addresses.core) as collector:
        values = {**ON, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
        with product(supervisor, tmp_path, addresses, storage, values):
            eventually(lambda: ours(collector), "a record of ours is exported")

    [record] = [record for record in collector.records if record.logger == "relaykeeper.functions"]
    assert (
        record.attributes.items()
        >= {"object": MESSAGE["target"], "correlation": MESSAGE["correlation"], "attempt": "1"}.items()
    )
    assert float(record.attributes["duration"]) >= 0
    assert record.text.startswith("RELAYKEEPER_INVENTORY: cannot read /absent.yaml")
    assert MESSAGE["correlation"] not in record.text


def test_a_collector_that_is_not_there_keeps_nobody_from_working(
    supervisor: Supervisor, addresses: Addresses, storage: Storage, tmp_path: Path
) -> None:
    values = {**ON, "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{addresses.core}:4319"}
    with product(supervisor, tmp_path, addresses, storage, values) as process:
        eventually(lambda: '"executed renew' in process.log.read_text(), "the function is executed")
