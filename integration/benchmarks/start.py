"""The start of a site beside the imports that it can't do without."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.row import Row
from benchmarks.timing import alternate

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("run",)

_ROUNDS = 11
_SETUP = """
import time
from django.conf import settings
import django
settings.configure(
    INSTALLED_APPS={apps},
    DJELME_BACKENDS={{"main": {{"elasticsearch_metrics.imps.elastic8": {{"hosts": "http://127.0.0.1:1"}}}}}},
)
started = time.perf_counter()
django.setup()
{then}
print(time.perf_counter() - started)
"""
_REFERENCE = _SETUP.format(apps=[], then="import elasticsearch8, elasticsearch8.dsl")
_MEASURED = _SETUP.format(
    apps=["elasticsearch_metrics"], then="import elasticsearch_metrics.imps.elastic8"
)


def run(_count: int) -> Iterator[Row]:
    """Measure starts, each in a process of its own."""
    samples = alternate(
        {"app": partial(_seconds, _MEASURED), "client": partial(_seconds, _REFERENCE)}, _ROUNDS
    )
    yield Row(
        "django.setup() with the app and an imp",
        "importing client and DSL",
        samples["app"].median / samples["client"].median,
        1.1,
        detail=f"{samples['app'].median * 1e3:.0f} and {samples['client'].median * 1e3:.0f} ms",
    )


def _seconds(program: str) -> float:
    answer = subprocess.run(
        [sys.executable, "-c", program], check=True, stdout=subprocess.PIPE, text=True
    )
    return float(answer.stdout)
