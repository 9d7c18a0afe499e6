"""The demo's result: a table for people, `demo.json` for programs."""

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from infra.local.demo.rows import Row

HEADINGS = ("certificate", "issuer", "version", "not after", "place", "pod", "with SNI", "no SNI", "verdict")
SHORT = 8
"""Digits of a version or thumbprint in the table."""


def table(rows: Sequence[Row]) -> str:
    """Lay the rows out in columns."""
    lines = [HEADINGS, *(cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def cells(row: Row) -> tuple[str, ...]:
    seen = {testimony.thumbprint or "none" for testimony in row.by_name.values()}
    return (
        row.certificate.name,
        row.certificate.issuer,
        row.stored.version[:SHORT],
        f"{row.not_after:%Y-%m-%d}",
        str(row.place),
        row.pod,
        ",".join(sorted(thumbprint[:SHORT] for thumbprint in seen)),
        (row.without_sni.thumbprint or "none")[:SHORT],
        "; ".join(row.faults) or "served, chain ok",
    )


def result(
    rows: Sequence[Row],
    requests: Mapping[str, int],
    second_tick: Mapping[str, int],
    seconds: Mapping[str, float],
) -> dict[str, Any]:
    """Return what `demo.json` holds; `requests` are those to the authority, by certificate."""
    certificates = [entry(list(group), requests) for _, group in groupby(rows, key=lambda row: row.certificate.name)]
    rounded = {what: round(took, 1) for what, took in seconds.items()}
    return {"certificates": certificates, "second_tick": dict(second_tick), "seconds": rounded}


def entry(rows: Sequence[Row], requests: Mapping[str, int]) -> dict[str, Any]:
    one = rows[0]
    return {
        "name": one.certificate.name,
        "issuer": one.certificate.issuer,
        "version": one.stored.version,
        "thumbprint": one.stored.leaf.thumbprint,
        "not_after": one.not_after.isoformat(),
        "acme_requests": requests.get(one.certificate.name, 0),
        "replicas": [
            {
                "cluster": row.place.cluster,
                "pod": row.pod,
                "address": row.address,
                "thumbprint": next(iter(row.by_name.values())).thumbprint,
                "chain_ok": all(seen.chain_ok for seen in row.by_name.values()),
            }
            for row in rows
        ],
    }


def write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n")
