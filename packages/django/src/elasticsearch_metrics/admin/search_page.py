"""The page that searches records of one type: its forms, its pages, what was found."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from djelme.errors import DjelmeError
from elasticsearch_metrics.admin.conditions import Conditions
from elasticsearch_metrics.admin.forms import RangeForm
from elasticsearch_metrics.admin.hits import MAX_HITS, PAGE_SIZE, Hits, search_records
from elasticsearch_metrics.admin.link import RANGE_NAMES, changed
from elasticsearch_metrics.admin.moment import url_text
from elasticsearch_metrics.admin.range import inclusive_text
from elasticsearch_metrics.recordtype.timeseries import utcnow
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Mapping

    from django.http import HttpRequest
    from django.utils.functional import _StrPromise

    from elasticsearch_metrics.declaration.contract import RecordType
    from elasticsearch_metrics.health.probe import Reach

__all__ = ("SearchPage",)

_PAGE_NAME = "p"
#: How many page numbers are offered on each side of the present one.
_NEAR = 3


@dataclass
class SearchPage:
    """What was asked for, and what was found.

    Attributes:
        recordtype: the record type.
        range_form: the range of time; None for a type without time.
        conditions: what holds for the records.
        hits: what was found.
        problem: why nothing could be, in words.
        lost: names of the fields that Elasticsearch doesn't give back.
        query: of the URL, without the page.
        resume_query: of the URL of the search that goes on after the last page; empty for none.
        number: of the page, from 1.
    """

    recordtype: type[RecordType]
    range_form: RangeForm | None
    conditions: Conditions
    hits: Hits = field(default_factory=Hits)
    problem: str = ""
    lost: tuple[str, ...] = ()
    query: str = ""
    resume_query: str = ""
    number: int = 1

    @classmethod
    def read(
        cls, request: HttpRequest, recordtype: type[RecordType], reaches: Mapping[str, Reach]
    ) -> SearchPage:
        """Return what a request asks for, before anything is searched.

        Args:
            request: its query has everything.
            recordtype: the record type.
            reaches: whether its backend answers.
        """
        left_out = {_PAGE_NAME, "format"}
        query = {name: request.GET[name] for name in request.GET if name not in left_out}
        is_timed = recordtype.TIME_FIELD is not None
        range_form = RangeForm(request.GET, now=utcnow()) if is_timed else None
        conditions = Conditions.read(recordtype, request.GET)
        page = cls(recordtype, range_form, conditions, lost=recordtype.lost_fields())
        page.query, page.number = urlencode(query), _page_number(request.GET.get(_PAGE_NAME, "1"))
        # Each one has to be checked to show its errors.
        if not all([found.is_valid() for found in (range_form, conditions) if found is not None]):  # noqa: C419
            page.problem = _("Please correct the errors in the search.")
            return page
        try:
            reach = reaches.get(djelme_registry.backend_name_for(recordtype))
        except DjelmeError as error:
            page.problem = str(error)
        else:
            page.problem = reach.problem if reach is not None else ""
        return page

    def search(self, timeout: float) -> None:
        """Search for the records, if nothing is wrong with what was asked for.

        Args:
            timeout: how long the server may search, in seconds.
        """
        if self.problem:
            return
        since, before = self.bounds
        try:
            self.hits = search_records(
                self.recordtype,
                self.conditions.found,
                since=since,
                before=before,
                page=self.number,
                timeout=timeout,
            )
        except DjelmeError as error:
            self.problem = str(error)
            return
        if self.hits.resume is not None:
            query = QueryDict(self.query)
            self.resume_query = changed(
                {name: query[name] for name in query if name not in RANGE_NAMES},
                since=url_text(since) if since else None,
                to=inclusive_text(self.hits.resume),
            )

    @property
    def bounds(self) -> tuple[datetime.datetime | None, datetime.datetime | None]:
        """The range of time, half-open and in UTC; None for an open end."""
        return self.range_form.bounds if self.range_form else (None, None)

    @property
    def download_url(self) -> str:
        """The address of all records that are found, as a file."""
        return changed(QueryDict(self.query), format="csv")

    @property
    def ranges(self) -> Iterator[tuple[_StrPromise, str, bool]]:
        """Ranges that have names: what they are called, their addresses, which one is shown."""
        return self.range_form.links(QueryDict(self.query)) if self.range_form else iter(())

    @property
    def pages(self) -> int:
        """Number of pages that can be reached."""
        return math.ceil(self.hits.reachable / PAGE_SIZE)

    @property
    def first(self) -> int:
        """Number of the first record of the page, from 1."""
        return (self.hits.page - 1) * PAGE_SIZE + 1

    @property
    def last(self) -> int:
        """Number of the last record of the page."""
        return self.first + len(self.hits.records) - 1

    @property
    def is_cut(self) -> bool:
        """Whether there are records that no page shows."""
        return self.hits.is_more or self.hits.total > MAX_HITS

    @property
    def is_last(self) -> bool:
        """Whether this is the last page that can be reached."""
        return self.hits.page >= self.pages

    @property
    def numbers(self) -> list[int | None]:
        """Numbers of pages to offer, with None for those left out between."""
        present, pages = self.hits.page, self.pages
        near = range(max(1, present - _NEAR), min(pages, present + _NEAR) + 1)
        offered = sorted({1, pages, *near} - {0})
        numbers: list[int | None] = []
        for before, number in zip([0, *offered], offered, strict=False):
            numbers += [number] if number == before + 1 else [None, number]
        return numbers if pages > 1 else []


def _page_number(text: str) -> int:
    """Return the number of a page; the first one for anything else."""
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_HITS))
    return max(1, int(text)) if is_number else 1
