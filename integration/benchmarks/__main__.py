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

from benchmarks import bulk, memory, migration, record, report, search, site, start
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
                options=ClusterOptions(heap_mb=_HEAP_MB, optimized=True),
                progress=StreamProgress(sys.stderr),
            ) as cluster,
            tempfile.TemporaryDirectory() as spools,
        ):
            os.environ["BENCHMARK_URL"] = cluster.url
            site.configure(cluster, Path(spools))
            rows = measure(options.only or list(_GROUPS), options.record_count)
    except ClusterError as error:
        print(f"scripts/benchmark: {error}", file=sys.stderr)
        return 1
    print(table(rows))
    print(f"\n{machine()}, {options.record_count:,} records, {time.monotonic() - started:.0f} s")
    if options.json:
        found = {"machine": machine(), "rows": [row.described() for row in rows]}
        options.json.write_text(json.dumps(found, indent=2) + "\n")
    missed = [row for row in rows if not row.holds]
    print(f"{len(rows) - len(missed)} of {len(rows)} budgets hold")
    return int(bool(missed))


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
            f"{'>=' if row.at_least else '<='} {row.budget:,.4g} {row.unit}",
            f"{row.measured:,.4g} {row.unit}",
            "yes" if row.holds else "NO",
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


def machine() -> str:
    """Return what the figures were measured on."""
    python = f"Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, {python}"


if __name__ == "__main__":
    sys.exit(main())
