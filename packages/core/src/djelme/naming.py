"""Names of indexes and index templates: write them, read them, and keep types apart.

A type's indexes are named ``<base>_<time>`` with zero-padded parts of time in UTC, so that names
sort by time and a prefix of the time covers a period.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from functools import lru_cache

from djelme.timedepth import Timedepth
from djelme.timeparts import serialize_timeparts

__all__ = (
    "IndexNaming",
    "Period",
    "SingleIndexNaming",
    "base_name",
    "format_time",
    "patterns_overlap",
    "validate_date_format",
    "validate_name",
)

#: Longest name of an index, in bytes of UTF-8.
NAME_MAX_BYTES = 255
_TIME_MAX_BYTES = len("_2026.11.23.04")
_REMEMBERED_NAMES = 10_000
_FORBIDDEN = re.compile(r'[\\/*?"<>| ,#:\x00-\x1f]')
_TIME = re.compile(r"(\d{1,4})(?:\.(\d{1,2}))?(?:\.(\d{1,2}))?(?:\.(\d{1,2}))?\.?", re.ASCII)
_DIRECTIVES = (
    ("%H", Timedepth.HOURLY),
    ("%d", Timedepth.DAILY),
    ("%j", Timedepth.DAILY),
    ("%m", Timedepth.MONTHLY),
)


@dataclass(frozen=True)
class Period:
    """A period of time that an index is for: half-open, in UTC.

    Attributes:
        start: its first moment.
        timedepth: its length.
    """

    start: datetime.datetime
    timedepth: Timedepth

    @property
    def end(self) -> datetime.datetime:
        """The first moment after it; the last representable one at the end of the year 9999."""
        try:
            return self.timedepth.next(self.start)
        except OverflowError:
            return datetime.datetime.max.replace(tzinfo=datetime.timezone.utc)


@dataclass(frozen=True)
class IndexNaming:
    """The names of one record type.

    Attributes:
        base: what all names of the type begin with: the name of its index template.
        timedepth: how many parts of time are written.
        date_formats: formats of `datetime.strftime` in which older indexes were named.
        date_format: the format in which new ones are named, in place of parts of time.
    """

    base: str
    timedepth: Timedepth
    date_formats: tuple[str, ...] = ()
    date_format: str | None = None
    #: Names by hours since the year 1, as records of the same period come together.
    _names: dict[int, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def template_name(self) -> str:
        """The name of the index template."""
        return self.base

    @property
    def pattern(self) -> str:
        """The pattern that matches all indexes of the type."""
        return f"{self.base}_*"

    def index_name(self, when: datetime.datetime) -> str:
        """Return the name of the index for a moment given in UTC.

        >>> naming = IndexNaming("myapp_usagerecord", Timedepth.DAILY)
        >>> naming.index_name(datetime.datetime(2026, 11, 3, 23, 59))
        'myapp_usagerecord_2026.11.03'
        """
        if self.date_format is not None:
            return f"{self.base}_{format_time(when, self.date_format)}"
        hour = when.toordinal() * 24 + when.hour
        name = self._names.get(hour)
        if name is None:
            parts = (when.year, when.month, when.day, when.hour)
            name = f"{self.base}_{serialize_timeparts(parts[: self.timedepth])}"
            if len(self._names) >= _REMEMBERED_NAMES:
                self._names.clear()
            self._names[hour] = name
        return name

    def parse(self, index_name: str) -> Period | None:
        """Return the period of one of the type's indexes; None for any other name.

        Read at every timedepth, since a type may have had another one: zero-padded names, the
        unpadded ones with a trailing dot of django-elasticsearch-metrics 2026.0, and the type's
        `date_formats`.

        >>> IndexNaming("myapp_usagerecord", Timedepth.DAILY).parse("myapp_usagerecord_2026.2.")
        Period(start=datetime.datetime(2026, 2, 1, 0, 0, tzinfo=datetime.timezone.utc),
            timedepth=<Timedepth.MONTHLY: 2>)
        """
        stem = f"{self.base}_"
        if not index_name.startswith(stem):
            return None
        time = index_name[len(stem) :]
        match = _TIME.fullmatch(time)
        if match is not None and _is_written_by_djelme(time):
            parts = [int(part) for part in match.groups() if part is not None]
            return _period(parts)
        for date_format in self.date_formats:
            try:
                moment = datetime.datetime.strptime(time, date_format)  # noqa: DTZ007 - UTC below
            except ValueError:
                continue
            if format_time(moment, date_format) == time:
                depth = _format_timedepth(date_format)
                return Period(depth.floor(moment), depth)
        return None

    def owns(self, index_name: str) -> bool:
        """Return whether an index is one of the type's."""
        return self.parse(index_name) is not None


@dataclass(frozen=True)
class SingleIndexNaming(IndexNaming):
    """The name of the one index of a record type without time.

    >>> naming = SingleIndexNaming("myapp_setting")
    >>> naming.pattern, naming.index_name(datetime.datetime(2026, 11, 3))
    ('myapp_setting', 'myapp_setting')
    """

    timedepth: Timedepth = Timedepth.YEARLY

    @property
    def pattern(self) -> str:
        """The name itself."""
        return self.base

    def index_name(self, when: datetime.datetime) -> str:  # noqa: ARG002 - it has no time
        """Return the name of the index."""
        return self.base

    def parse(self, index_name: str) -> Period | None:  # noqa: ARG002 - it has no time
        """Return None: the index is for no period."""
        return None

    def owns(self, index_name: str) -> bool:
        """Return whether an index is the type's."""
        return index_name == self.base


def format_time(when: datetime.datetime, date_format: str) -> str:
    """Return what `datetime.strftime` gives, with four digits of the year on every platform.

    >>> format_time(datetime.datetime(866, 11, 3), "%Y-%m")
    '0866-11'
    """
    return when.strftime(date_format.replace("%Y", f"{when.year:04}"))


def base_name(
    app_label: str, recordtype_name: str, *, prefix: str = "", template_name: str | None = None
) -> str:
    """Return what the names of a record type begin with.

    Raises:
        ValueError: if Elasticsearch would refuse such names.

    >>> base_name("my_app", "UsageRecord")
    'my_app_usagerecord'
    >>> base_name("my_app", "UsageRecord", prefix="test-", template_name="pviews")
    'test-pviews'
    """
    base = f"{prefix}{template_name or f'{app_label}_{recordtype_name}'.lower()}"
    validate_name(base)
    return base


@lru_cache(maxsize=1024)
def validate_name(name: str) -> None:
    """Check what the names of a type begin with against Elasticsearch's rules for names.

    The rules are those of the reference's page on creating an index.

    Raises:
        ValueError: if a rule is broken; the message says which.
    """
    forbidden = _FORBIDDEN.search(name)
    problem = None
    if not name:
        problem = "is empty"
    elif name != name.lower():
        problem = "has upper-case letters"
    elif forbidden is not None:
        problem = f"has the forbidden character {forbidden[0]!r}"
    elif name[0] in "-_+.":
        problem = f"begins with {name[0]!r}"
    elif len(name.encode(errors="replace")) > NAME_MAX_BYTES - _TIME_MAX_BYTES:
        problem = f"is longer than {NAME_MAX_BYTES - _TIME_MAX_BYTES} bytes in UTF-8"
    if problem is not None:
        msg = f"the name {name!r} can't be used in Elasticsearch: it {problem}"
        raise ValueError(msg)


def validate_date_format(date_format: str) -> None:
    """Check that indexes can be named in a format of `datetime.strftime`, and read again.

    Raises:
        ValueError: if they can't; the message says why.
    """
    when = datetime.datetime(2026, 11, 23, 14, tzinfo=datetime.timezone.utc)
    time = format_time(when, date_format)
    validate_name(f"x_{time}")
    has_year = "%Y" in date_format or "%y" in date_format  # without one, reading may warn
    naming = IndexNaming("x", Timedepth.DAILY, (date_format,) if has_year else ())
    period = naming.parse(f"x_{time}")
    if not has_year or period is None or not period.start <= when < period.end:
        msg = (
            f"the name ..._{time}, written with {date_format!r}, doesn't tell its period again; "
            f"use %Y, and %m, %d and %H as needed, in this order"
        )
        raise ValueError(msg)


def patterns_overlap(one: str, other: str) -> bool:
    """Return whether a name exists that both patterns match; ``*`` stands for any characters.

    >>> patterns_overlap("my_app_*", "my_*")
    True
    >>> patterns_overlap("my_app_*", "myapp_*")
    False
    """
    # The pairs of positions that a common name, read from its start, can lead to.
    seen = set()
    reached = [(0, 0)]
    while reached:
        left, right = position = reached.pop()
        if position in seen:
            continue
        seen.add(position)
        if left == len(one) and right == len(other):
            return True
        left_star = one[left : left + 1] == "*"
        right_star = other[right : right + 1] == "*"
        if left_star:
            reached.append((left + 1, right))
            if right < len(other):
                reached.append((left, right + 1))
        if right_star:
            reached.append((left, right + 1))
            if left < len(one):
                reached.append((left + 1, right))
        if left < len(one) and right < len(other) and one[left] == other[right]:
            reached.append((left + 1, right + 1))
    return False


def _is_written_by_djelme(time: str) -> bool:
    """Return whether a time is padded throughout, or unpadded with a trailing dot."""
    parts = time.rstrip(".").split(".")
    if time.endswith("."):
        return all(part == "0" or not part.startswith("0") for part in parts)
    return len(parts[0]) == 4 and all(len(part) == 2 for part in parts[1:])  # noqa: PLR2004 - digits


def _period(parts: list[int]) -> Period | None:
    year, month, day, hour = (*parts, *(1, 1, 1, 0)[len(parts) :])
    try:
        start = datetime.datetime(year, month, day, hour, tzinfo=datetime.timezone.utc)
    except ValueError:
        return None
    return Period(start, Timedepth(len(parts)))


def _format_timedepth(date_format: str) -> Timedepth:
    for directive, depth in _DIRECTIVES:
        if directive in date_format:
            return depth
    return Timedepth.YEARLY
