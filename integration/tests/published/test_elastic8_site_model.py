"""A site's metrics.py does the same on the published version and on this one, unchanged."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

pytestmark = pytest.mark.slow  # installs the published version

WORK = "library.work"
SEEN = {
    "inner document": ["https://a.example/b", "/b", "https://a.example/b"],
    "properties identify": [True, 2],
    "made, not stored": "urn:i",
    "counted after that": 2,
    "closed": "the door is closed",
    "NORTH": "north",
    "visits": 1,
    "reports": [[], [1], [5]],
    "reports of a range": [5],
    "own time": [7],
    "setting": [["a", 2]],
    "missing": None,
    "found": 1,
    "backend": "main",
    "client": 1,
    "types": [
        "library.Download",
        "library.Loan",
        "library.MonthlyLoans",
        "library.Reading",
        "library.Setting",
        "library.Visit",
    ],
    "unknown backend": "LookupError",
}


@pytest.mark.parametrize("version", ["old", "new"])
def test_the_site_does_the_same_on_both(version: str, request: pytest.FixtureRequest) -> None:
    site: Any = request.getfixturevalue(version)
    site.run(WORK, "setup")
    assert site.run(WORK, "use_everything") == SEEN
    site.run(WORK, "check")


@pytest.mark.parametrize("version", ["old", "new"])
def test_a_view_answers_without_a_cluster(version: str, request: pytest.FixtureRequest) -> None:
    site: Any = request.getfixturevalue(version)
    away = {**site.environment, "ELASTICSEARCH8_URL": "http://127.0.0.1:9"}
    assert replace(site, environment=away).run(WORK, "without_a_cluster") == [None, True]
