from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from djelme import MONTHLY
from elasticsearch_metrics.admin import cycles
from elasticsearch_metrics.admin.cycles import CycleRow, find_cycle
from elasticsearch_metrics.report import CycleState, CycleStatus
from elasticsearch_metrics.report.cycle import cycle_of

PAST, FUTURE = cycle_of("2025.11", MONTHLY), cycle_of("2999.11", MONTHLY)


def status(state: CycleState, cycle: Any = PAST, reason: str = "", **more: Any) -> CycleStatus:
    return CycleStatus(cycle, state, reason, **more)


def test_what_was_built_is_said() -> None:
    row = CycleRow.of(
        status(CycleState.FRESH, built="2026-11-01T03:04:05.000Z", seconds=8000.0, events=7)
    )
    assert (row.words, row.sign) == ("up to date", "good")
    assert (row.built, row.took, row.progress) == ("2026-11-01 03:04", "2 h 13 min", "")


@pytest.mark.parametrize(
    ("found", "can_build"),
    [
        (status(CycleState.FRESH), True),
        (status(CycleState.STALE, reason="3 events came since"), True),
        (status(CycleState.MISSING, reason="never built"), True),
        (status(CycleState.MISSING, FUTURE), False),
        (status(CycleState.PARTIAL, FUTURE), False),
        (status(CycleState.KEPT), False),
        (status(CycleState.FRESH, runner={"owner": "x", "since": "y", "doing": "z"}), False),
    ],
)
def test_what_may_be_built(found: CycleStatus, can_build: bool) -> None:
    assert CycleRow.of(found).can_build is can_build


@pytest.mark.parametrize(
    ("events_now", "counted", "progress"),
    [
        (2000, 500, "500 of 2,000 counted (25%)"),
        (2000, 3000, "3,000 of 2,000 counted (100%)"),
        (None, 1500, "1,500 counted"),
        (0, None, "0 counted"),
    ],
)
def test_how_far_a_running_build_is(
    events_now: int | None, counted: int | None, progress: str
) -> None:
    runner = {"owner": "process 7", "since": "2026-11-01T00:00:00.000Z", "doing": "build"}
    found = status(CycleState.RUNNING, runner=runner, events_now=events_now, counted=counted)
    assert CycleRow.of(found).progress == progress


def test_how_long_a_running_build_will_take() -> None:
    runner = {"owner": "process 7", "since": "2026-11-01T00:00:00.000Z", "doing": "build"}
    found = status(CycleState.RUNNING, runner=runner, events_now=90_000, counted=30_000, spent=20.0)
    assert CycleRow.of(found).progress == (
        "30,000 of 90,000 counted (33%), 1,500 a second, 40 s left"
    )


@pytest.mark.parametrize("name", ["2026", "2026.13", "2026.11.01", "x", "2026.1", ""])
def test_only_a_cycle_s_own_name_leads_to_it(name: str) -> None:
    report = mock.Mock()
    report.report_definition.depth = MONTHLY
    assert find_cycle(report, name) is None
    assert find_cycle(report, "2026.11") == cycle_of("2026.11", MONTHLY)


def test_a_build_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    report = mock.Mock()
    report.djelme.label = "shop.Monthly"
    report.build.side_effect = ZeroDivisionError("in rows")
    with mock.patch.object(cycles.connections, "close_all") as close:
        cycles._build(report, PAST)
    assert "the build of shop.Monthly on 2025.11, asked for in the admin, failed" in caplog.text
    assert "ZeroDivisionError in" in caplog.text  # not its text, which may hold values
    close.assert_called_once_with()
    report.build.assert_called_once_with(PAST.start)
