"""docs/costs.md, from counted use and the prices in prices.json."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import Any

from infra.costs.use import HOURS, RENEWALS, Counted, monthly_use

WIDTH = 110
"""Of a line of prose in our documents."""

PRICES = Path(__file__).with_name("prices.json")

COUNTED = {
    "executions": "executions of functions",
    "gb_seconds": "GB-seconds of executions",
    "blob_writes": "blob operations billed as writes",
    "blob_reads": "blob operations billed as reads",
    "queue_operations": "queue operations",
    "vault_operations": "Key Vault operations",
    "log_alerts": "alert rules on logs",
}
LOGS = {"log_gigabytes": "logs, in GB"}
PRIVATE = {"private_endpoint_hours": "hours of private endpoints", "private_zones": "private DNS zones"}
NAT = {
    "nat_hours": "hours of the NAT gateway",
    "public_ip_hours": "hours of its address",
    "nat_gigabytes": "GB through it",
}

ALERT_RULES = 2
"""The silent tick and the silent watch."""
DAYS = 30
LOG_DAILY_GB, MAXIMUM_INSTANCES = 1, 40
"""The module's defaults; a test compares them."""
ENDPOINTS = ZONES = 3
"""Blobs, queue and one vault, each with its private DNS zone."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: what, how much of it in each estate, and what that costs."""

    what: str
    amounts: tuple[float, ...]
    costs: tuple[float, ...]


def document(estates: Sequence[Counted]) -> str:
    """Return the whole of docs/costs.md, with columns for each estate."""
    data: Mapping[str, Any] = json.loads(PRICES.read_text(encoding="utf-8"))
    assumed = {name: each["value"] for name, each in data["assumptions"].items()}
    uses = [monthly_use(estate, assumed) | options(estate, assumed) for estate in estates]

    def lines(names: Mapping[str, str]) -> list[Line]:
        return [line(what, [use[meter] for use in uses], data["prices"][meter]) for meter, what in names.items()]

    base, logs, private, nat = lines(COUNTED), lines(LOGS), lines(PRIVATE), lines(NAT)
    rows = [
        *map(row, base),
        *map(row, logs),
        row(total("**in all, in public networks**", [*base, *logs])),
        *map(row, private),
        *map(row, nat),
        row(total("**in all, with private endpoints and NAT**", [*base, *logs, *private, *nat])),
    ]
    return "\n".join([*head(data, estates), *rows, *notes(data, estates), ""])


def options(estate: Counted, assumed: Mapping[str, float]) -> Counter[str]:
    """Return what is not counted in operations: logs, alert rules, the network."""
    use = monthly_use(estate, assumed)
    looks = estate.hour["queue.send"] * HOURS
    kilobytes = use["executions"] * assumed["log_lines_of_an_execution"] * assumed["kilobytes_of_a_log_line"]
    out: Mapping[str, Any] = {
        "log_gigabytes": kilobytes / 1e6,
        "log_alerts": ALERT_RULES,
        "private_endpoint_hours": ENDPOINTS * HOURS,
        "private_zones": ZONES,
        "nat_hours": HOURS,
        "public_ip_hours": HOURS,
        "nat_gigabytes": looks * assumed["megabytes_out_of_a_look"] / 1e3,
    }
    return Counter(out)


def line(what: str, amounts: Sequence[float], price: Mapping[str, Any]) -> Line:
    costs = [max(0.0, amount - price["free"]) / price["per"] * price["price"] for amount in amounts]
    return Line(what, tuple(amounts), tuple(costs))


def total(what: str, parts: Sequence[Line]) -> Line:
    return Line(what, (), tuple(map(sum, zip(*(part.costs for part in parts), strict=True))))


def row(shown: Line) -> str:
    amounts = [f"{amount:,.0f}" if amount >= 10 else f"{amount:.1f}" for amount in shown.amounts]
    costs = [f"{each:.2f}" for each in shown.costs]
    cells = [cell for pair in zip(amounts or [""] * len(costs), costs, strict=True) for cell in pair]
    return f"| {shown.what} | {' | '.join(cells)} |"


def head(data: Mapping[str, Any], estates: Sequence[Counted]) -> Iterator[str]:
    columns = [f"{estate.certificates} certificates | {data['currency']}" for estate in estates]
    yield from (
        "# What it costs",
        "",
        wrapped(
            """What an estate costs a month on Flex Consumption, with `infra/azure`. `make generate` makes this page
            from calls that are counted (`tests/costs`) and from `infra/costs/prices.json`, where you can put your
            region's prices; `tests/costs/test_costs.py` keeps it in step."""
        ),
        "",
        wrapped(
            f"""Each certificate is served by a relay of its own, in two clusters with two replicas and two ports.
            The table is for one environment; dev and prod are an estate each, in public networks unless you set
            `network` and `private_endpoints`. Vaults, zones, clusters and the minutes of the pipelines are not in
            it. List prices of {data["date"]}, in {data["region"]}; without tax."""
        ),
        "",
        wrapped(most(data)),
        "",
        f"| a month | {' | '.join(columns)} |",
        f"|---|{'---:|---:|' * len(estates)}",
    )


def most(data: Mapping[str, Any]) -> str:
    """Say what a fault can cost: logs without end, or all instances at work."""
    prices = data["prices"]
    logs = prices["log_gigabytes"]["price"] * DAYS * LOG_DAILY_GB
    hour = prices["gb_seconds"]["price"] * 3600 * data["assumptions"]["gigabytes_of_an_instance"]["value"]
    return f"""A fault costs more, up to the limits of the module: logs {logs:.0f} {data["currency"]} a month
        (`log_daily_gb`, {LOG_DAILY_GB} by default), executions {hour * MAXIMUM_INSTANCES:.2f} {data["currency"]} an
        hour while all instances work (`maximum_instances`, {MAXIMUM_INSTANCES} by default)."""


def wrapped(text: str) -> str:
    return fill(" ".join(text.split()), WIDTH, break_long_words=False, break_on_hyphens=False)


def notes(data: Mapping[str, Any], estates: Sequence[Counted]) -> Iterator[str]:
    yield from (
        "",
        "## Counted",
        "",
        wrapped(
            f"""Calls of the ports on the fakes of the tests, in an hour without work (a tick, the looks that it asks
            for, and six watches), times {HOURS} hours; and for the renewal of one certificate, of which {RENEWALS}
            a month is taken. `infra/costs/use.py` says what each call is billed as. `host.json` says how often the
            host looks into its queues at most; the table takes it as if it always did, and most queue operations
            are these."""
        ),
        "",
        f"| calls in an hour | {' | '.join(f'{estate.certificates} certificates' for estate in estates)} |",
        f"|---|{'---:|' * len(estates)}",
    )
    for call in sorted({call for estate in estates for call in estate.hour}):
        yield f"| `{call}` | {' | '.join(f'{estate.hour[call]}' for estate in estates)} |"
    yield from ("", "## Assumed", "", "Not counted, because the fakes take no time and have no host:", "")
    yield from ("| | | because |", "|---|---:|---|")
    for name, each in data["assumptions"].items():
        yield f"| {name.replace('_', ' ')} | {each['value']} | {each['why']} |"
    yield from ("", "## Prices", "", "| for | price | of which free | how sure | source |", "|---|---:|---:|---|---|")
    for name, price in data["prices"].items():
        amount = f"{price['price']:g} for {price['per']:,}"
        yield f"| {name.replace('_', ' ')} | {amount} | {price['free']:,} | {price['checked']} | {price['source']} |"
    yield from (
        "",
        *(wrapped(f"{name}: {meaning}.") + "\n" for name, meaning in data["checked"].items() if used(data, name)),
    )
    yield "Compare before you rely on it: the [price calculator](https://azure.microsoft.com/pricing/calculator/)."


def used(data: Mapping[str, Any], checked: str) -> bool:
    return any(price["checked"] == checked for price in data["prices"].values())
