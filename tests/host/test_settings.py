import json
from datetime import timedelta
from pathlib import Path

import pytest

from infra.local.host.host_json import QueueRules, read_host_json, time_span
from infra.local.host.settings import HostError, read_settings
from tests.host.hosting import SAMPLE_APP


def written(folder: Path, document: object) -> Path:
    path = folder / "settings.json"
    path.write_text(json.dumps(document))
    return path


def test_without_keys_and_port_the_host_is_as_open_as_func_start(tmp_path: Path) -> None:
    settings = read_settings(written(tmp_path, {"IsEncrypted": False, "Values": {"A": "1"}, "Host": {"CORS": "*"}}))
    assert (settings.values, settings.host.keys, settings.host.local_http_port) == ({"A": "1"}, None, 7071)


def test_no_secret_shows_in_a_repr(tmp_path: Path) -> None:
    keys = {"master": "hush-master", "default": "hush-default"}
    settings = read_settings(written(tmp_path, {"Values": {"IDENTITY_HEADER": "hush"}, "Host": {"Keys": keys}}))
    assert "hush" not in f"{settings} {settings.host} {settings.host.keys}"


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"IsEncrypted": True, "Values": {}}, "IsEncrypted is true"),
        ({"Values": {"PORT": 1}}, r"Expected `str`, got `int` - at `\$.Values\[...\]`"),
        ({"Host": {"Keys": {"master": "m"}}}, r"missing required field `default` - at `\$.Host.Keys`"),
        ({"Host": {"Keys": {"master": "m", "default": ""}}}, r"at `\$.Host.Keys.default`"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(tmp_path: Path, document: object, reason: str) -> None:
    with pytest.raises(HostError, match=reason):
        read_settings(written(tmp_path, document))


def test_host_json_gives_the_rules_for_queues() -> None:
    assert read_host_json(SAMPLE_APP, {}).queues == QueueRules(
        batch_size=2,
        new_batch_threshold=1,
        visibility_timeout=timedelta(seconds=1),
        max_dequeue_count=2,
        max_polling_interval=timedelta(seconds=0.2),
        base64=True,
    )


def test_what_host_json_leaves_out_is_as_documented(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text('{"version": "2.0"}')
    configuration = read_host_json(tmp_path, {})
    assert configuration.route_prefix == "/api"
    assert configuration.queues == QueueRules(
        batch_size=16,
        new_batch_threshold=8,
        visibility_timeout=timedelta(),
        max_dequeue_count=5,
        max_polling_interval=timedelta(minutes=1),
        base64=True,
    )


def test_settings_override_host_json() -> None:
    name = "AzureFunctionsJobHost__extensions__queues__"
    rules = read_host_json(SAMPLE_APP, {f"{name}batchSize": "3", f"{name}maxPollingInterval": "00:00:07"}).queues
    assert (rules.batch_size, rules.max_polling_interval, rules.new_batch_threshold) == (3, timedelta(seconds=7), 1)
    with pytest.raises(HostError, match=name):
        read_host_json(SAMPLE_APP, {f"{name}batchSize": "many"})


@pytest.mark.parametrize(
    ("text", "seconds"), [("00:00:30", 30), ("1.02:03:04", 93784), ("00:00:00.2", 0.2), ("0:10:0", 600)]
)
def test_time_spans_are_read_as_dotnet_writes_them(text: str, seconds: float) -> None:
    assert time_span(text).total_seconds() == seconds
