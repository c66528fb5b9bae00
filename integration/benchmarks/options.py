"""The options of the command line.

This needs the standard library only: scripts/benchmark reads it before there is an environment.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("GROUPS", "parse")

DESCRIPTION = """\
Measure what the budgets of djelme are about, each beside its reference in the same run, on an
embedded cluster. Nothing else should run on the machine meanwhile.
"""
#: What is measured, and how long that usually takes on two cores with 100,000 records.
GROUPS = {
    "start": "10 s",
    "record": "2 min",
    "bulk": "2 min",
    "memory": "1 min",
    "search": "2 min",
    "migration": "3 min",
    "report": "5 min",
    "replicas": "2 min",
}


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options; end the process for a wrong one, or after --help."""
    shown = "\n".join(f"  {name:<10} {time}" for name, time in GROUPS.items())
    parser = argparse.ArgumentParser(
        prog="scripts/benchmark",
        description=DESCRIPTION,
        epilog=f"groups, and how long they take:\n{shown}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--record-count", type=_positive, default=100_000, metavar="N", help="records of a load"
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=GROUPS,
        metavar="GROUP",
        help="only these groups (all but replicas; with --nodes, replicas)",
    )
    parser.add_argument(
        "--nodes", type=_positive, default=1, metavar="N", help="nodes of the cluster (1)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser.parse_args(arguments)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number
