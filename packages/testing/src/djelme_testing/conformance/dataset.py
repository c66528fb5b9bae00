"""Records of known moments, and which of them are in a range."""

from __future__ import annotations

import datetime
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from djelme.timedepth import Timedepth
from djelme_testing.conformance.site import Body

if TYPE_CHECKING:
    from djelme_testing.conformance.site import Site

__all__ = ("Dataset", "moment_of", "utc")

_ALL = 10_000
_MILLISECOND = datetime.timedelta(milliseconds=1)


def utc(
    year: int,
    month: int = 1,
    day: int = 1,
    hour: int = 0,
    minute: int = 0,
    second: int = 0,
    milli: int = 0,
) -> datetime.datetime:
    """Return a moment in UTC, to the millisecond."""
    return datetime.datetime(
        year, month, day, hour, minute, second, milli * 1000, tzinfo=datetime.timezone.utc
    )


#: Around the edges of periods.
_EDGES = [
    utc(1999, 12, 31, 23, 59, 59, 999),
    utc(2000),
    utc(2025, 12, 20),
    utc(2025, 12, 31, 23, 59, 59, 999),
    utc(2026),
    utc(2026, 1, 1, 0, 0, 0, 1),
    utc(2026, 1, 2),
    utc(2026, 2, 14, 11, 59, 59, 999),
    utc(2026, 2, 14, 12),
    utc(2026, 2, 14, 12, 0, 0, 1),
    utc(2050, 12, 1),
    utc(2051),
]
#: Forms of time in which django-elasticsearch-metrics 2026.0 named indexes, by timedepth.
_UNPADDED = {
    Timedepth.YEARLY: "{0.year}.",
    Timedepth.MONTHLY: "{0.year}.{0.month}.",
    Timedepth.DAILY: "{0.year}.{0.month}.{0.day}.",
    Timedepth.HOURLY: "{0.year}.{0.month}.{0.day}.{0.hour}.",
}


@dataclass(frozen=True)
class Dataset:
    """Stored records of one type.

    Attributes:
        recordtype: the record type.
        moments: their timestamps, in order; some are there more than once.
    """

    recordtype: Any
    moments: list[datetime.datetime]

    @classmethod
    def stored(cls, site: Site, timedepth: Timedepth) -> Dataset:
        """Store records: most in indexes of a timedepth, others in older ones of the type."""

        @site.set_up
        class Moment(Body):
            Meta = type(
                "Meta", (), {"recordtype_name": f"moment{timedepth:d}", "timedepth": timedepth}
            )

        chance = random.Random(timedepth)  # noqa: S311 - repeatable, no secret
        start, end = utc(1995), utc(2055)
        moments = [
            *_EDGES,
            *(
                start + chance.randrange((end - start) // _MILLISECOND) * _MILLISECOND
                for _ in range(6)
            ),
        ]
        moments += chance.sample(moments, 3)
        Moment.bulk_record({"timestamp": moment} for moment in moments)
        for depth, form in _UNPADDED.items():
            moment = utc(2026, 2, 3 + depth, 4, 5)
            name = form.format(moment)
            Moment(timestamp=moment).save(index=site.name(f"myapp_moment{timedepth:d}_{name}"))
            moments.append(moment)
        # From when the type had another timedepth.
        for name in ("2024", "2024.07"):
            moment = utc(2024, 7, 31, 23, 59, 59, 999)
            Moment(timestamp=moment).save(index=site.name(f"myapp_moment{timedepth:d}_{name}"))
            moments.append(moment)
        Moment.refresh()
        return cls(Moment, sorted(moments))

    def expected(self, from_when: Any, until_when: Any) -> list[datetime.datetime]:
        """Return the moments of a range, in order."""
        start, end = moment_of(from_when), moment_of(until_when)
        return [moment for moment in self.moments if start <= moment < end]

    def found(self, from_when: Any, until_when: Any) -> list[datetime.datetime]:
        """Return what the cluster has for a range, in order."""
        search = self.recordtype.search_timeseries_range(from_when, until_when)
        return sorted(hit.timestamp for hit in search[:_ALL])


def moment_of(bound: Any) -> datetime.datetime:
    """Return the moment of a bound, worked out apart from what is tested."""
    if isinstance(bound, datetime.datetime):
        return bound
    if isinstance(bound, datetime.date):
        return utc(bound.year, bound.month, bound.day)
    if isinstance(bound, tuple):
        return utc(*bound)
    return {
        "2026-11": utc(2026, 11),
        "2026-12": utc(2026, 12),
        "2026-02-14T12:00:00Z": utc(2026, 2, 14, 12),
        "2026-02-14T13:00:00+01:00": utc(2026, 2, 14, 12),
        "2026.2.14.": utc(2026, 2, 14),
        "2026.2.15.": utc(2026, 2, 15),
    }[bound]
