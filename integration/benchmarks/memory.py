"""Memory of large loads beside small ones."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.row import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("greatest_kib", "run")

_SMALL = 10_000
#: Records of the large load for each one of `--record-count`.
_TIMES = 10
_URL = "BENCHMARK_URL"


def run(count: int) -> Iterator[Row]:
    """Measure loads in processes of their own."""
    large = max(count * _TIMES, 2 * _SMALL)
    small_kib, large_kib = _peak(_SMALL), _peak(large)
    yield Row(
        f"memory of bulk_record, {large:,} records",
        f"{_SMALL:,} records",
        (large_kib - small_kib) / 1024,
        30.0,
        unit="MiB more",
        detail=f"{large_kib / 1024:.0f} and {small_kib / 1024:.0f} MiB at most",
    )


def _peak(count: int) -> int:
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory", str(count)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return int(answer.stdout)


def main() -> None:
    """Load so many records and print the greatest memory of this process, in KiB."""
    from benchmarks import site

    class Given:
        url = os.environ[_URL]

    site.configure(Given, Path(tempfile.gettempdir()))  # type: ignore[arg-type]
    recordtype = site.event_type("Memory")
    recordtype.bulk_record(site.records(int(sys.argv[1])), senders=2)
    site.clean(recordtype)
    print(greatest_kib())


def greatest_kib() -> int:
    """Return the most memory that this program had, in KiB.

    Linux counts the parent's into what `resource` says, but not here.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    msg = "the system doesn't tell the greatest memory of a process"
    raise RuntimeError(msg)


if __name__ == "__main__":
    main()
