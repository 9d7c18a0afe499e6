"""docs/costs.md says what is counted now; costs follow from use and prices alone."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from infra.azure.check.configurations import AZURE, read_configuration
from infra.azure.check.literals import literal
from infra.costs.document import LOG_DAILY_GB, MAXIMUM_INSTANCES, document, line
from infra.costs.use import BLOB_READS, BLOB_WRITES, HOURS, QUEUE, VAULT, Counted, billed, monthly_use
from tests.costs.counting import SIZES, count

PUBLISHED = Path(__file__).parents[2] / "docs/costs.md"


@pytest.fixture(scope="module")
def estates() -> list[Counted]:
    return [count(size) for size in SIZES]


def test_the_document_is_what_is_counted_now(estates: list[Counted]) -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == document(estates), "`make generate` writes it"


def test_an_hour_without_work_reads_each_certificate_once_per_look_and_writes_only_the_watchs_journal(
    estates: list[Counted],
) -> None:
    for estate in estates:
        assert estate.hour["queue.send"] == estate.certificates
        assert estate.hour["vault.latest"] == estate.certificates * (1 + estate.watches)
        assert estate.hour["vault.create"] == 0


def test_calls_are_billed_as_what_the_adapters_ask_for() -> None:
    calls = Counter({"state.certificates.read": 2, "state.watch.lease": 1, "lease.write": 1, "queue.send": 1})
    calls += Counter({"vault.entries": 1, "vault.latest": 3, "clusters.pods": 9, "state.requests.names": 1})
    assert billed(calls, objects=26) == {BLOB_READS: 5, BLOB_WRITES: 2, QUEUE: 3, VAULT: 7}


def test_a_call_that_nobody_has_a_price_for_is_an_error() -> None:
    with pytest.raises(KeyError):
        billed(Counter({"lease.steal": 1}), objects=1)


def test_an_estate_that_looks_twice_as_often_uses_twice_the_operations_of_its_looks(estates: list[Counted]) -> None:
    assumed: Counter[str] = Counter({"seconds_between_scrapes": 3600, "gigabytes_of_an_instance": 2})
    once = monthly_use(estates[0], assumed)
    twice = monthly_use(replace(estates[0], hour=estates[0].hour + Counter({"vault.latest": 10})), assumed)
    assert twice[VAULT] - once[VAULT] == 10 * HOURS


def test_what_is_free_costs_nothing_and_the_rest_its_price() -> None:
    price = {"price": 0.4, "per": 1000, "free": 500}
    assert line("x", [500, 1500], price).costs == (0, 0.4)


def test_the_limits_are_the_modules_defaults() -> None:
    variables = read_configuration(AZURE / "modules/relaykeeper").of("variable")
    limits = [literal(variables[name].arguments["default"]) for name in ("log_daily_gb", "maximum_instances")]
    assert limits == [LOG_DAILY_GB, MAXIMUM_INSTANCES]
