"""A report that can't work is refused when its class is made, and the message says why."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.core.checks import run_checks

from djelme.errors import RecordTypeError
from djelme_testing.conformance.site import Body
from elasticsearch_metrics.report import (
    Count,
    CountDistinct,
    Cumulative,
    Latest,
    Max,
    ReportError,
    Sum,
)

if TYPE_CHECKING:
    from djelme_testing.conformance import Site


def _report(**stated: Any) -> dict[str, Any]:
    return stated


_WRONG = [
    (_report(), "has to name its `source`"),
    (_report(source="Usage"), "should be a record type"),
    (_report(source="SIMPLE"), "has no time"),
    (_report(source="ABSTRACT"), "is abstract"),
    (_report(source="YEARLY"), "are longer than"),
    (_report(source="USAGE", group_by="item"), "a tuple of names"),
    (_report(source="USAGE", group_by=("item", "item")), "names a field twice"),
    (_report(source="USAGE", group_by=("other",)), "has no field 'other'"),
    (_report(source="USAGE", group_by=("size",)), "UNIQUE_TOGETHER_FIELDS should be the cycle"),
    (_report(source="USAGE", group_by=("text",)), "without doc values"),
    (_report(source="USAGE", usages=Count()), "UNIQUE_TOGETHER_FIELDS"),
    (_report(source="USAGE", group_by=("item",), filter="a"), "`filter` of `class Report`"),
    (_report(source="USAGE", group_by=("item",), exclude={}), "`exclude` of `class Report`"),
    (_report(source="USAGE", group_by=("item",), usages=Count(filter=3)), "its filter can't be"),
    (_report(source="USAGE", group_by=("item",), views=Count()), "a field 'views' of its own"),
    (_report(source="USAGE", group_by=("item",), usages=Sum("item")), "keyword, no number"),
    (_report(source="USAGE", group_by=("item",), usages=Sum("weight")), "should be double"),
    (_report(source="USAGE", group_by=("item",), usages=Max("timestamp")), "should be datetime"),
    (_report(source="USAGE", group_by=("item",), usages=Latest("item")), "should be keyword"),
    (_report(source="USAGE", group_by=("item",), usages=CountDistinct("text")), "doc values"),
    (_report(source="USAGE", group_by=("item",), usages=Cumulative("item")), "a Count or a Sum"),
    (_report(source="USAGE", group_by=("item",), groupby=()), "neither a metric"),
    (_report(source="USAGE", group_by=("item",)), "nothing fills its field 'usages'"),
    (_report(source="USAGE", rows=lambda _self, _cycle: ()), "gives all figures"),
    (_report(rows=3), "should be a method"),
]


@pytest.mark.parametrize(("stated", "message"), _WRONG, ids=[wrong[1] for wrong in _WRONG])
def test_a_report_that_can_not_work_is_refused(
    site: Site, stated: dict[str, Any], message: str
) -> None:
    @site.declare
    class Usage(Body):
        item: str
        size: int
        weight: float
        text: Any = type(site.imp.EventRecord).dsl_module.Text()

    @site.inherit(site.imp.SimpleRecord)
    class Simple(Body):
        item: str

    @site.inherit(site.imp.CyclicReport)
    class Yearly(Body):
        CYCLE_TIMEDEPTH = 1
        usages: int

    sources = {
        "USAGE": Usage,
        "SIMPLE": Simple,
        "ABSTRACT": site.imp.EventRecord,
        "YEARLY": Yearly,
    }
    if "source" in stated:
        stated = {**stated, "source": sources.get(stated["source"], stated["source"])}

    class ItemReport(Body):
        CYCLE_TIMEDEPTH = 2
        UNIQUE_TOGETHER_FIELDS = ("cycle_coverage", "item")
        item: str
        size: int | None
        usages: int

        Report = type("Report", (), stated)

    with pytest.raises(RecordTypeError, match=message):
        site.declare(ItemReport, base=site.imp.CyclicReport)


def test_a_list_of_numbers_is_no_group_where_repeated_ones_count_twice(site: Site) -> None:
    @site.declare
    class Usage(Body):
        codes: list[int]
        names: list[str]

    def declare(name: str, annotation: Any) -> Any:
        body = {
            "__annotations__": {name: annotation, "usages": int},
            "CYCLE_TIMEDEPTH": 2,
            "UNIQUE_TOGETHER_FIELDS": ("cycle_coverage", name),
            "Report": type("Report", (), {"source": Usage, "group_by": (name,), "usages": Count()}),
        }
        return site.declare(type(f"By{name}", (), body), base=site.imp.CyclicReport)

    by_name, by_code = declare("names", str), declare("codes", int)
    found = [error for error in run_checks() if error.id == "djelme.E026"]
    assert by_name.report_definition.group_by == ("names",)
    if by_code.get_backend().features.groups_once:
        assert found == []
        return
    (error,) = found
    assert error.obj == "myapp.Bycodes"
    assert "twice in the group of a value that it has twice" in error.msg
    with pytest.raises(ReportError, match="can't be grouped by 'codes', a list of long"):
        by_code.build("2024-05")


def test_a_report_class_that_is_none(site: Site) -> None:
    with pytest.raises(RecordTypeError, match="`Report` should be a class"):

        @site.inherit(site.imp.CyclicReport)
        class Wrong(Body):
            CYCLE_TIMEDEPTH = 2
            Report = 3


def test_a_type_without_a_report_can_not_be_built(site: Site) -> None:
    @site.inherit(site.imp.CyclicReport)
    class Plain(Body):
        CYCLE_TIMEDEPTH = 2
        usages: int

    for call in (
        lambda: Plain.build(datetime.date(2024, 1, 1)),
        lambda: Plain.totals("2024", "2025"),
        Plain.last_cycles,
    ):
        with pytest.raises(RecordTypeError, match="no `class Report`"):
            call()
    assert "report_build" not in Plain.djelme.fields
