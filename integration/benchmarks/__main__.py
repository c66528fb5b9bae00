"""Run the benchmarks on an embedded cluster, print a table, write JSON."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import bulk, memory, migration, record, replicas, report, search, site, start
from benchmarks.options import parse
from djelme_testing import ClusterError, ClusterOptions, StreamProgress, start_cluster

if TYPE_CHECKING:
    from benchmarks.row import Row

_GROUPS = {
    "start": start.run,
    "record": record.run,
    "bulk": bulk.run,
    "memory": memory.run,
    "search": search.run,
    "migration": migration.run,
    "report": report.run,
    "replicas": replicas.run,
}
_HEAP_MB = 1_024


def main() -> int:
    """Run the groups; return 1 if a budget doesn't hold."""
    options = parse()
    started = time.monotonic()
    try:
        with (
            start_cluster(
                "8",
                options=ClusterOptions(nodes=options.nodes, heap_mb=_HEAP_MB, optimized=True),
                progress=StreamProgress(sys.stderr),
            ) as cluster,
            tempfile.TemporaryDirectory() as spools,
        ):
            os.environ["BENCHMARK_URL"] = cluster.url
            site.configure(cluster, Path(spools))
            rows = measure(options.only or _usual(options.nodes), options.record_count)
    except ClusterError as error:
        print(f"scripts/benchmark: {error}", file=sys.stderr)
        return 1
    print(table(rows))
    print(f"\n{machine()}, {options.record_count:,} records, {time.monotonic() - started:.0f} s")
    if options.json:
        found = {"machine": machine(), "rows": [row.described() for row in rows]}
        options.json.write_text(json.dumps(found, indent=2) + "\n")
    bound = [row for row in rows if row.budget is not None]
    missed = [row for row in bound if not row.holds]
    if bound:
        print(f"{len(bound) - len(missed)} of {len(bound)} budgets hold")
    return int(bool(missed))


def _usual(nodes: int) -> list[str]:
    """Return the groups that say something about a cluster of so many nodes."""
    return [name for name in _GROUPS if (name == "replicas") == (nodes > 1)]


def measure(groups: list[str], count: int) -> list[Row]:
    """Run groups one after the other, showing each row when it is there."""
    rows: list[Row] = []
    for group in groups:
        print(f"{group} …", file=sys.stderr, flush=True)
        for row in _GROUPS[group](count):
            rows.append(row)
            print(f"    {row.what}: {row.measured:,.2f} {row.unit}", file=sys.stderr, flush=True)
    return rows


def table(rows: list[Row]) -> str:
    """Return the rows in columns."""
    headings = ("what", "compared with", "budget", "measured", "holds", "medians")
    cells = [
        (
            row.what,
            row.reference,
            _budget(row),
            f"{row.measured:,.4g} {row.unit}",
            "" if row.budget is None else "yes" if row.holds else "NO",
            row.detail,
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in (headings, *cells)
    ]
    return "\n".join(["", *lines])


def _budget(row: Row) -> str:
    if row.budget is None:
        return ""
    return f"{'>=' if row.at_least else '<='} {row.budget:,.4g} {row.unit}"


def machine() -> str:
    """Return what the figures were measured on."""
    python = f"Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, {python}"


if __name__ == "__main__":
    sys.exit(main())
