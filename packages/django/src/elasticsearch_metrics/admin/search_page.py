"""The page that searches records of one type: its forms, its pages, what was found."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from djelme.errors import DjelmeError
from elasticsearch_metrics.admin.forms import ConditionForm, RangeForm
from elasticsearch_metrics.admin.hits import MAX_HITS, PAGE_SIZE, Hits, search_records
from elasticsearch_metrics.admin.moment import url_text
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

    from elasticsearch_metrics.declaration.contract import RecordType
    from elasticsearch_metrics.health.probe import Reach

__all__ = ("SearchPage",)

#: Most conditions at a time.
_MAX_CONDITIONS = 5
_PAGE_NAME = "p"
#: How many page numbers are offered on each side of the present one.
_NEAR = 3


@dataclass
class SearchPage:
    """What was asked for, and what was found.

    Attributes:
        recordtype: the record type.
        range_form: the range of time; None for a type without time.
        condition_forms: conditions; one more than were used.
        hits: what was found.
        problem: why nothing could be, in words.
        lost: names of the fields that Elasticsearch doesn't give back.
        query: of the URL, without the page.
    """

    recordtype: type[RecordType]
    range_form: RangeForm | None
    condition_forms: list[ConditionForm]
    hits: Hits = field(default_factory=Hits)
    problem: str = ""
    lost: tuple[str, ...] = ()
    query: str = ""
    resume_query: str = ""

    @classmethod
    def read(
        cls,
        request: HttpRequest,
        recordtype: type[RecordType],
        reaches: Mapping[str, Reach],
        timeout: float,
    ) -> SearchPage:
        """Search for what a request asks for.

        Args:
            request: its query has everything.
            recordtype: the record type.
            reaches: whether its backend answers.
            timeout: how long the server may search, in seconds.
        """
        query = request.GET.copy()
        number = _page_number(query.pop(_PAGE_NAME, ["1"])[-1])
        range_form = RangeForm(request.GET) if recordtype.TIME_FIELD is not None else None
        forms = _condition_forms(request, recordtype)
        page = cls(recordtype, range_form, forms, lost=recordtype.lost_fields())
        page.query = query.urlencode()
        if not all([form.is_valid() for form in ([range_form] if range_form else []) + forms]):  # noqa: C419 - each one has to be checked to show its errors
            page.problem = _("Please correct the errors in the search.")
            return page
        since, before = range_form.bounds if range_form else (None, None)
        try:
            reach = reaches.get(djelme_registry.backend_name_for(recordtype))
            if reach is not None and reach.problem:
                page.problem = reach.problem
                return page
            page.hits = search_records(
                recordtype,
                [form.condition for form in forms if form.condition is not None],
                since=since,
                before=before,
                page=number,
                timeout=timeout,
            )
        except DjelmeError as error:
            page.problem = str(error)
            return page
        if page.hits.resume is not None:
            query["before"] = url_text(page.hits.resume)
            page.resume_query = query.urlencode()
        return page

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


def _condition_forms(request: HttpRequest, recordtype: type[RecordType]) -> list[ConditionForm]:
    """Return the forms of the conditions that were used, and an empty one for another."""
    forms = []
    for place in range(_MAX_CONDITIONS):
        prefix = f"c{place}"
        given = [request.GET.get(f"{prefix}-{name}") for name in ("field", "value")]
        if any(given):
            forms.append(ConditionForm(recordtype, request.GET, prefix=prefix))
    used = {form.prefix for form in forms}
    free = [f"c{place}" for place in range(_MAX_CONDITIONS) if f"c{place}" not in used]
    if free:
        forms.append(ConditionForm(recordtype, {}, prefix=free[0]))
    return forms
