from __future__ import annotations

import pytest

from djelme.errors import BackendUnreachableError
from elasticsearch_metrics.backend.deadline import allowed_time, answered_within


def test_without_a_bound_the_time_is_as_given() -> None:
    assert allowed_time("main", None) is None
    assert allowed_time("main", 7.0) == 7.0


def test_within_a_block_no_request_gets_more_than_is_left() -> None:
    with answered_within(5):
        left = allowed_time("main", None)
        assert left is not None
        assert 0 < left <= 5
        assert allowed_time("main", 0.5) == 0.5
        assert allowed_time("main", 60) <= left  # type: ignore[operator] # it isn't None
    assert allowed_time("main", None) is None


def test_an_inner_block_ends_with_the_outer_one() -> None:
    with answered_within(1), answered_within(60):
        left = allowed_time("main", None)
        assert left is not None
        assert left <= 1


def test_when_it_is_over_nothing_is_sent() -> None:
    with answered_within(0), pytest.raises(BackendUnreachableError, match="took too long"):
        allowed_time("main", 5)
