"""Processes of the published version and of this one write and read side by side."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.slow  # installs the published version

WORK = "library.work"
ALL = {
    "Loan": [1, 2, 3, 4],
    "Download": ["urn:new", "urn:new", "urn:old", "urn:old"],
    "Visit": ["new", "new", "old", "old"],
    "Reading": [1, 2, 3, 4],
    "MonthlyLoans": ["new25", "new26", "old24", "old25"],
    "Setting": ["new25", "new26", "old24", "old25"],
}
OF_OLD = {
    "Loan": [1, 3],
    "Download": ["urn:old", "urn:old"],
    "Visit": ["old", "old"],
    "Reading": [1, 3],
}


def test_a_site_switches_while_its_old_processes_go_on_and_switches_back(
    old: Any, new: Any
) -> None:
    old.run(WORK, "setup")
    old.run(WORK, "write", writer="old", day=24, number=1)
    new.run(WORK, "setup")
    new.run(WORK, "write", writer="new", day=25, number=2)
    # The old one needs a new index for each day.
    assert old.run(WORK, "write", writer="old", day=25, number=3).endswith("_2026.11.25.")
    new.run(WORK, "write", writer="new", day=26, number=4)
    assert new.run(WORK, "read") == ALL
    assert old.run(WORK, "read") == ALL
    in_range = new.run(WORK, "read_range")
    assert in_range == {name: ALL[name] for name in in_range}
    assert OF_OLD.items() <= old.run(WORK, "read_range").items()  # its ranges: what it wrote
    new.run(WORK, "check")
    old.run(WORK, "check")
    # What comes back after the switch finds everything as it left it.
    old.run(WORK, "setup")
    old.run(WORK, "write", writer="old", day=27, number=5)
    new.run(WORK, "check")
    assert len(new.run(WORK, "indexes")) == 5
