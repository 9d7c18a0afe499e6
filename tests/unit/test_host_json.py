"""Each key of host.json is explained in docs/settings.md with the value that it has, and fits what depends on it."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from infra.local.host.host_json import read_host_json
from shared.settings import LONGEST_LEASE

ROOT = Path(__file__).parents[2]
THREADS = 5
"""Of the worker on one core, unless PYTHON_THREADPOOL_THREAD_COUNT says otherwise."""


def flat(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict):
        yield key, value if isinstance(value, str) else json.dumps(value)
        return
    for name, inner in value.items():
        yield from flat(inner, f"{key}.{name}" if key else name)


def test_every_key_is_explained_with_its_value() -> None:
    _, section = (ROOT / "docs" / "settings.md").read_text().split("\n## host.json\n")
    explained = re.findall(r"^\| `(.+?)` \| `(.+?)` \| .+ \|$", section, flags=re.MULTILINE)
    assert explained == list(flat(json.loads((ROOT / "host.json").read_text())))


def test_the_worker_has_a_thread_for_each_message() -> None:
    rules = read_host_json(ROOT, {}).queues
    assert rules.batch_size + rules.new_batch_threshold <= THREADS


def test_a_message_outlives_the_lease_of_a_worker_that_died() -> None:
    rules = read_host_json(ROOT, {}).queues
    assert rules.visibility_timeout * (rules.max_dequeue_count - 1) > timedelta(seconds=LONGEST_LEASE)
