"""Samples as text. By hand: of prometheus-client we would use twenty lines, and load its registry and collectors.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from collections.abc import Iterable, Iterator

from shared.domain.metrics.catalogue import GAUGES
from shared.domain.metrics.gauge import Gauge, Sample

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(samples: Iterable[Sample]) -> str:
    """Return the samples by metric, each metric with its meaning even where it has none."""
    shown: dict[Gauge, list[str]] = {gauge: [] for gauge in GAUGES}
    for sample in samples:
        shown[sample.gauge].append(line(sample))
    return "".join(f"{each}\n" for gauge, lines in shown.items() for each in (*about(gauge), *lines))


def about(gauge: Gauge) -> Iterator[str]:
    yield f"# HELP {gauge.name} {gauge.help}"
    yield f"# TYPE {gauge.name} gauge"


def line(sample: Sample) -> str:
    pairs = zip(sample.gauge.labels, sample.labels, strict=True)
    labels = ",".join(f'{label}="{escaped(value)}"' for label, value in pairs)
    return f"{sample.gauge.name}{{{labels}}} {sample.value:d}" if labels else f"{sample.gauge.name} {sample.value:d}"


def escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
