"""Parts of time: nothing is left out, and nothing is copied twice."""

from __future__ import annotations

import datetime
import itertools

from hypothesis import given
from hypothesis import strategies as st

from elasticsearch_metrics.migration.time_slice import (
    MILLISECOND,
    TimeSlice,
    divide,
    merge,
    subtract,
)

BEGINNING = datetime.datetime(2026, 11, 1, tzinfo=datetime.timezone.utc)


def _at(offset: int) -> datetime.datetime:
    return BEGINNING + offset * MILLISECOND


moments = st.lists(st.integers(0, 5_000), max_size=200)
intervals = st.lists(
    st.tuples(st.integers(0, 300), st.integers(1, 60)).map(
        lambda pair: (_at(pair[0]), _at(pair[0] + pair[1]))
    ),
    max_size=20,
)


@given(moments, st.integers(1, 50))
def test_each_document_is_in_exactly_one_part(offsets: list[int], most: int) -> None:
    documents = [_at(offset) for offset in offsets]

    def count(part: TimeSlice) -> int:
        return sum(part.contains({"when": moment}, "when") for moment in documents)

    parts = [part for part, _ in divide(BEGINNING, _at(5_001), count, most)]
    for moment in documents:
        assert sum(part.contains({"when": moment}, "when") for part in parts) == 1
    for part in parts:
        assert part.interval is not None
        length = part.interval[1] - part.interval[0]
        assert count(part) <= most or length == MILLISECOND


@given(intervals)
def test_merging_keeps_every_moment(given_intervals: list[tuple[datetime.datetime, ...]]) -> None:
    merged = merge((start, end) for start, end in given_intervals)
    for offset in range(361):
        before = any(start <= _at(offset) < end for start, end in given_intervals)
        assert any(start <= _at(offset) < end for start, end in merged) is before
    assert all(one[1] < other[0] for one, other in itertools.pairwise(merged))


@given(intervals)
def test_what_is_left_and_what_is_done_make_the_whole(
    done: list[tuple[datetime.datetime, datetime.datetime]],
) -> None:
    whole = (_at(20), _at(320))
    merged = merge(done)
    left = subtract(whole, merged)
    for offset in range(361):
        moment = _at(offset)
        is_left = any(start <= moment < end for start, end in left)
        is_done = any(start <= moment < end for start, end in merged)
        assert is_left is (whole[0] <= moment < whole[1] and not is_done)


def test_documents_without_a_time_are_a_part_of_their_own() -> None:
    untimed = TimeSlice()
    assert untimed.contains({}, "when")
    assert not untimed.contains({"when": BEGINNING}, "when")
    assert untimed.contains({"when": BEGINNING}, None)
    assert untimed.query(None) == {"match_all": {}}
    assert untimed.query("when") == {"bool": {"must_not": [{"exists": {"field": "when"}}]}}
