"""Ranges of time are exact to the millisecond, whatever the indexes are."""

from __future__ import annotations

import datetime
import itertools
import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from djelme.timedepth import Timedepth
from djelme_testing.conformance.dataset import Dataset, moment_of, utc
from djelme_testing.conformance.site import Body

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme_testing.conformance.site import Site

__all__ = ("RangeTests",)

_MILLISECOND = datetime.timedelta(milliseconds=1)
#: Longest list of names in a request; Elasticsearch takes 4,096 bytes in its first line.
_NAMES_MAX_BYTES = 3_500
_EDGES = [
    ((1999,), (2001,)),
    ((2050, 12), (2051,)),
    ((2025, 12, 20), (2026, 1, 2)),
    (datetime.date(2025, 12, 20), datetime.date(2026, 1, 2)),
    (utc(2025, 12, 31, 23, 59, 59, 999), utc(2026)),
    (utc(2026, 2, 14, 12), utc(2026, 2, 14, 12, 0, 0, 1)),
    ("2026-11", "2026-12"),
    ("2026-02-14T12:00:00Z", "2026-02-14T13:00:00+01:00"),
    ("2026.2.14.", "2026.2.15."),
    ((2026,), (2026,)),
    ((1,), (9999, 12, 31)),
]


class RangeTests:
    """What `search_timeseries_range` gives, against a plain list of the same moments."""

    @pytest.fixture(scope="class", params=list(Timedepth), ids=lambda depth: depth.name.lower())
    @classmethod
    def dataset(cls, request: pytest.FixtureRequest, class_site: Site) -> Iterator[Dataset]:
        """Records over some decades, in indexes of one timedepth and in some older ones."""
        with class_site.entered():
            dataset = Dataset.stored(class_site, request.param)
        yield dataset
        with class_site.entered():
            class_site.clean()

    @pytest.fixture
    def within(self, dataset: Dataset, class_site: Site) -> Iterator[Dataset]:
        """The dataset, with the settings that it was stored with."""
        with class_site.entered():
            yield dataset

    @pytest.mark.parametrize(("from_when", "until_when"), _EDGES, ids=str)
    def test_a_range_is_exact(self, within: Dataset, from_when: Any, until_when: Any) -> None:
        assert within.found(from_when, until_when) == within.expected(from_when, until_when)

    def test_ranges_are_exact(self, within: Dataset) -> None:
        near = st.builds(
            lambda moment, steps: moment + steps * _MILLISECOND,
            st.sampled_from(within.moments),
            st.integers(-1, 1),
        )
        anywhere = st.datetimes(
            min_value=datetime.datetime(1990, 1, 1),  # noqa: DTZ001 - hypothesis wants it naive
            max_value=datetime.datetime(2060, 1, 1),  # noqa: DTZ001
            timezones=st.sampled_from(
                [datetime.timezone(datetime.timedelta(hours=hours)) for hours in (0, 5.5, -11)]
            ),
        )
        parts = st.builds(
            lambda moment, depth: (moment.year, moment.month, moment.day, moment.hour)[:depth],
            near | anywhere,
            st.integers(1, 4),
        )
        bound = near | anywhere | parts

        @settings(max_examples=100, deadline=None, database=None)
        @given(bound, bound)
        def check(one: Any, other: Any) -> None:
            from_when, until_when = sorted((one, other), key=moment_of)
            assert within.found(from_when, until_when) == within.expected(from_when, until_when)

        check()

    def test_periods_next_to_each_other_share_nothing(self, within: Dataset) -> None:
        bounds = [(1990,), *sorted(random.Random(7).sample(within.moments, 5)), (2060,)]  # noqa: S311
        parts = [within.found(*pair) for pair in itertools.pairwise(bounds)]
        assert list(itertools.chain(*parts)) == within.found((1990,), (2060,))

    @pytest.mark.parametrize(
        ("from_when", "until_when", "error", "message"),
        [
            ((2027,), (2026,), ValueError, r"from_when \(\(2027,\)\) should not be after"),
            ((), (2026,), ValueError, r"from_when should be a tuple such as .*not \(\)"),
            ((2026,), (2026, 13), ValueError, r"until_when should be .*not \(2026, 13\).*month"),
            ((2026, 2, 30), (2027,), ValueError, r"not \(2026, 2, 30\).*day"),
            ((2026, "2"), (2027,), ValueError, r"not \(2026, '2'\).*int"),
            (None, (2026,), TypeError, r"from_when should be .*not None"),
            ((2026,), None, TypeError, r"until_when should be .*not None"),
            ((2026,), 2027, TypeError, r"until_when should be .*not 2027"),
            ("hello", (2026,), ValueError, r"from_when should be .*not 'hello'.*ISO 8601"),
            ("2026-13", (2027,), ValueError, r"not '2026-13'.*month"),
            ("", (2027,), ValueError, r"from_when should be .*not ''"),
        ],
        ids=str,
    )
    def test_bounds_that_are_none(
        self, site: Site, from_when: Any, until_when: Any, error: type[Exception], message: str
    ) -> None:
        @site.declare
        class UsageRecord(Body):
            pass

        with pytest.raises(error, match=f"(?s){message}"):
            UsageRecord.search_timeseries_range(from_when, until_when)

    @pytest.mark.parametrize(
        ("timedepth", "from_when", "until_when"),
        [
            (3, (2024, 1, 2), (2026, 9, 29)),
            (3, (2023, 12, 31, 23), (2026, 9, 28, 1)),
            (4, (2006, 5, 6, 7), (2026, 5, 6, 8)),
            (4, (2006, 1, 1, 1), (2025, 12, 31, 23)),
            (4, (1,), (9999, 12, 31, 23)),
            (2, (1, 2), (9999, 11)),
        ],
    )
    def test_the_list_of_indexes_stays_short(
        self, site: Site, timedepth: int, from_when: Any, until_when: Any
    ) -> None:
        @site.declare
        class UsageOfAThingWithARatherLongName(Body):
            Meta = type("Meta", (), {"timedepth": timedepth})

        search = UsageOfAThingWithARatherLongName.search_timeseries_range(from_when, until_when)
        names = ",".join(search._index)
        assert len(names.encode()) <= _NAMES_MAX_BYTES
        assert site.prefix in names
        # None of the indexes exists, which is no error.
        assert list(search) == []
        assert search.count() == 0

    def test_many_long_names_of_other_types_fit_too(self, site: Site) -> None:
        @site.declare
        class Usage(Body):
            class Meta:
                timedepth = 4

        for number in range(20):
            meta = type("Meta", (), {"template_name": f"myapp_usage_{'x' * 80}{number}"})
            site.declare(type(f"Other{number}", (), {"Meta": meta, "__module__": __name__}))
        search = Usage.search_timeseries_range((2006, 1, 1, 1), (2025, 12, 31, 23))
        assert len(",".join(search._index).encode()) <= _NAMES_MAX_BYTES
        assert list(search) == []
