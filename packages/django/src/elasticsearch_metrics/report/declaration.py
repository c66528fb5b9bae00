"""What ``class Report`` of a cyclic report says, and whether it can work."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from djelme.errors import RecordTypeError
from djelme.field import Kind
from djelme.timedepth import Timedepth
from elasticsearch_metrics.declaration.field_type import DOC_VALUE_TYPES
from elasticsearch_metrics.report.metric import (
    Count,
    CountDistinct,
    Cumulative,
    FieldMetric,
    Latest,
    Metric,
    Sum,
    as_query,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ("BUILD_FIELD", "CYCLE_FIELD", "ReportDefinition")

#: The field that says by which build a report was made.
BUILD_FIELD = "report_build"
CYCLE_FIELD = "cycle_coverage"
_OPTIONS = ("source", "group_by", "filter", "exclude", "rows")
_WHOLE = frozenset({Kind.LONG, Kind.INTEGER, Kind.SHORT, Kind.BYTE})
_NUMBERS = _WHOLE | {Kind.DOUBLE, Kind.FLOAT}
_TIMES = frozenset({Kind.DATETIME, Kind.DATE})
_GROUPS = _NUMBERS | _TIMES | {Kind.KEYWORD, Kind.BOOLEAN}
#: Fields that are filled when a report is stored.
_FILLED = frozenset({CYCLE_FIELD, "created", "timeseries_start", BUILD_FIELD})


@dataclass(frozen=True)
class ReportDefinition:
    """What a report is made of.

    Attributes:
        recordtype: the report.
        depth: length of its cycles.
        source: the record type that is counted; None where `rows` gives the figures.
        group_by: fields of the source; there is one report for each combination that occurs.
        query: which records of the source are counted; None for all.
        metrics: by the field of the report that they fill.
        rows: gives the fields of each report on a cycle, in place of a source.
    """

    recordtype: type[Any]
    depth: Timedepth
    source: type[Any] | None
    group_by: tuple[str, ...]
    query: Mapping[str, Any] | None
    metrics: Mapping[str, Metric]
    rows: Callable[[str], Iterable[Mapping[str, Any]]] | None

    @property
    def label(self) -> str:
        """The report's name: ``app_label.ClassName``."""
        label: str = self.recordtype.djelme.label
        return label

    @property
    def source_report(self) -> ReportDefinition | None:
        """The source's own definition, if that is a report, too."""
        return getattr(self.source, "report_definition", None)

    @property
    def fingerprint(self) -> str:
        """What differs where a change of the declaration changes the figures."""
        counted = {
            name: [repr(replace(metric, filter=None)), metric.query]
            for name, metric in sorted(self.metrics.items())
        }
        source = None if self.source is None else self.source.djelme.label
        text = json.dumps([source, self.group_by, self.query, counted], default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @classmethod
    def read(cls, recordtype: type[Any], body: Any) -> ReportDefinition:
        """Return what a class body says.

        Args:
            recordtype: the report.
            body: its ``class Report``.

        Raises:
            RecordTypeError: if it can't work; the message says why.
        """
        return _Reader(recordtype, body).read()


class _Reader:
    """Reads one declaration."""

    def __init__(self, recordtype: type[Any], body: Any) -> None:
        self._recordtype = recordtype
        self._fields = recordtype.djelme.fields
        self._body = body

    def read(self) -> ReportDefinition:
        if not isinstance(self._body, type):
            self._fail(f"`Report` should be a class, not {self._body!r:.80}")
        stated = {
            name: getattr(self._body, name) for name in dir(self._body) if not name.startswith("_")
        }
        metrics = {name: value for name, value in stated.items() if isinstance(value, Metric)}
        unknown = stated.keys() - metrics.keys() - set(_OPTIONS)
        if unknown:
            name = min(unknown)
            self._fail(
                f"`{name}` of `class Report` is neither a metric, such as Count() or "
                f"Sum('field'), nor one of {', '.join(_OPTIONS)}"
            )
        depth = Timedepth.parse(self._recordtype.CYCLE_TIMEDEPTH)
        if "rows" in stated:
            return self._with_rows(depth, stated, metrics)
        return self._with_source(depth, stated, metrics)

    def _with_rows(
        self, depth: Timedepth, stated: Mapping[str, Any], metrics: Mapping[str, Metric]
    ) -> ReportDefinition:
        others = sorted(stated.keys() - {"rows"})
        if others:
            self._fail(
                f"`rows` of `class Report` gives all figures, so it can't have `{others[0]}`, too"
                + (f" ({type(metrics[others[0]]).__name__})" if others[0] in metrics else "")
            )
        if not callable(stated["rows"]):
            self._fail("`rows` of `class Report` should be a method: def rows(self, cycle)")
        groups = tuple(
            name for name in self._recordtype.UNIQUE_TOGETHER_FIELDS if name != CYCLE_FIELD
        )
        rows = self._body().rows
        return ReportDefinition(self._recordtype, depth, None, groups, None, {}, rows)

    def _with_source(
        self, depth: Timedepth, stated: Mapping[str, Any], metrics: Mapping[str, Metric]
    ) -> ReportDefinition:
        source = self._source(stated.get("source"), depth)
        group_by = self._group_by(source, stated.get("group_by", ()))
        query = self._query(stated)
        for name, metric in metrics.items():
            self._check_metric(source, name, metric, metrics)
        twice = sorted(metrics.keys() & set(group_by))
        if twice:
            self._fail(f"field {twice[0]!r} can't be a group and a metric at once")
        for name, spec in self._fields.items():
            if spec.required and name not in {*metrics, *group_by, *_FILLED}:
                self._fail(
                    f"nothing fills its field {name!r}: add it to `group_by`, give it a metric "
                    f"such as `{name} = Count()`, or make it optional"
                )
        return ReportDefinition(self._recordtype, depth, source, group_by, query, metrics, None)

    def _source(self, source: Any, depth: Timedepth) -> type[Any]:
        if source is None:
            self._fail("`class Report` has to name its `source`, or to have a method `rows`")
        if not (isinstance(source, type) and hasattr(source, "djelme")):
            self._fail(f"`source` should be a record type, not {source!r:.80}")
        label = source.djelme.label
        if source.djelme.options.abstract:
            self._fail(f"`source` is abstract, so {label} has no records; name a concrete one")
        if source.TIME_FIELD is None:
            self._fail(f"`source` has no time, so records of {label} belong to no cycle")
        if hasattr(source, "CYCLE_TIMEDEPTH"):
            of_source = Timedepth.parse(source.CYCLE_TIMEDEPTH)
            if of_source < depth:
                self._fail(
                    f"the cycles of its source {label} ({of_source.name.lower()}) are longer than "
                    f"its own ({depth.name.lower()}), so they can't be told apart"
                )
        found: type[Any] = source
        return found

    def _group_by(self, source: type[Any], given: Any) -> tuple[str, ...]:
        if isinstance(given, str) or not isinstance(given, (tuple, list)):
            self._fail(
                f"`group_by` should be a tuple of names of fields, such as "
                f"({given!r},), not {given!r:.80}"
                if isinstance(given, str)
                else f"`group_by` should be a tuple of names of fields, not {given!r:.80}"
            )
        group_by = tuple(given)
        if len(set(group_by)) < len(group_by):
            self._fail("`group_by` names a field twice")
        for name in group_by:
            spec = self._source_field(source, name, f"`group_by` names {name!r}")
            if spec.kind not in _GROUPS:
                self._fail(
                    f"its source can't be grouped by {name!r}, which is {spec.kind.value}; what "
                    f"can be: keywords, numbers, booleans and dates"
                )
            own = self._own_field(name, f"`group_by` names {name!r}")
            if own.kind is not spec.kind:
                self._fail(
                    f"field {name!r} is {own.kind.value}, but {spec.kind.value} in its source"
                )
        unique = set(self._recordtype.UNIQUE_TOGETHER_FIELDS)
        if unique != {CYCLE_FIELD, *group_by}:
            wanted = ", ".join(repr(name) for name in (CYCLE_FIELD, *group_by))
            self._fail(
                f"UNIQUE_TOGETHER_FIELDS should be the cycle and the groups, ({wanted},), since "
                f"there is one report for each of them"
            )
        return group_by

    def _check_metric(
        self, source: type[Any], name: str, metric: Metric, metrics: Mapping[str, Metric]
    ) -> None:
        what = f"metric `{name} = {type(metric).__name__}`"
        try:
            as_query(metric.filter)
        except TypeError as error:
            self._fail(f"{what}: its filter can't be used: {error}")
        own = self._own_field(name, what)
        wanted: frozenset[Kind]
        if isinstance(metric, Cumulative):
            of = metrics.get(metric.metric)
            if not isinstance(of, (Count, Sum)) or metric.filter is not None:
                self._fail(
                    f"{what} should name a Count or a Sum of the same report, not "
                    f"{metric.metric!r}, and has no filter of its own"
                )
            kind = self._own_field(metric.metric, what).kind
            wanted = _WHOLE if kind in _WHOLE else _NUMBERS - _WHOLE
        elif isinstance(metric, FieldMetric):
            spec = self._source_field(source, metric.field, what)
            if isinstance(metric, CountDistinct):
                self._check_distinct(source, what, spec.kind)
                wanted = _WHOLE
            elif isinstance(metric, Latest):
                wanted = frozenset({spec.kind})
            elif spec.kind in _NUMBERS or (spec.kind in _TIMES and not isinstance(metric, Sum)):
                wanted = frozenset({spec.kind}) if spec.kind in _TIMES else _NUMBERS
                wanted = wanted - _WHOLE if spec.kind in _NUMBERS - _WHOLE else wanted
            else:
                self._fail(f"{what}: field {metric.field!r} is {spec.kind.value}, no number")
        else:
            wanted = _WHOLE
        if own.kind not in wanted or own.multi:
            kinds = " or ".join(sorted(kind.value for kind in wanted))
            found = f"a list of {own.kind.value}" if own.multi else own.kind.value
            self._fail(f"{what}: field {name!r} should be {kinds}, not {found}")

    def _check_distinct(self, source: type[Any], what: str, kind: Kind) -> None:
        if hasattr(source, "CYCLE_TIMEDEPTH"):
            self._fail(
                f"{what} can't be counted from a report: distinct counts don't add up, since one "
                f"value may occur in several cycles and groups; count it from the events"
            )
        if kind not in _GROUPS:
            self._fail(f"{what}: values that are {kind.value} can't be counted")

    def _query(self, stated: Mapping[str, Any]) -> dict[str, Any] | None:
        clauses: dict[str, Any] = {}
        for option, clause in (("filter", "filter"), ("exclude", "must_not")):
            try:
                query = as_query(stated.get(option))
            except TypeError as error:
                self._fail(f"`{option}` of `class Report` can't be used: {error}")
            if query is not None:
                clauses[clause] = [query]
        return {"bool": clauses} if clauses else None

    def _source_field(self, source: type[Any], name: Any, what: str) -> Any:
        label = source.djelme.label
        spec = source.djelme.fields.get(name)
        if spec is None:
            known = ", ".join(source.djelme.fields)
            self._fail(f"{what}, but {label} has no field {name!r} (it has: {known})")
        mapping = source.field_mappings().get(name, {})
        if mapping.get("type") not in DOC_VALUE_TYPES or mapping.get("doc_values", True) is False:
            self._fail(
                f"{what}, but {label}.{name} is {mapping.get('type', 'an object')} without doc "
                f"values, so it can't be counted"
            )
        return spec

    def _own_field(self, name: str, what: str) -> Any:
        spec = self._fields.get(name)
        if spec is None or name in _FILLED:
            self._fail(f"{what}, so the report needs a field {name!r} of its own")
        return spec

    def _fail(self, problem: str) -> Any:
        raise RecordTypeError(problem, recordtype=self._recordtype.__name__)
