"""Aggregations over the documents that a search matched."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from djelme_testing.memory.moment import moment_of, parse_moment
from djelme_testing.memory.query import compile_query
from djelme_testing.memory.refusal import NotInMemoryError, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from djelme_testing.memory.field_type import FieldType
    from djelme_testing.memory.mapping import IndexMapping
    from djelme_testing.memory.storage import Document

__all__ = ("Aggregator",)

_METRICS = frozenset({"sum", "min", "max", "avg", "value_count", "cardinality", "stats"})
_CALENDAR = ("year", "quarter", "month", "week", "day", "hour", "minute")
_SHORT = dict(zip(("1y", "1q", "1M", "1w", "1d", "1h", "1m"), _CALENDAR, strict=True))
_FIXED = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_MONTHS_A_QUARTER = 3


class Aggregator:
    """Works aggregations out.

    Args:
        mappings: of the indexes that are searched, by name.
    """

    def __init__(self, mappings: Mapping[str, IndexMapping]) -> None:
        self._mappings = mappings

    def run(self, wanted: Mapping[str, Any], found: Sequence[Document]) -> dict[str, Any]:
        """Return results by the names of the aggregations.

        Args:
            wanted: as a search has them.
            found: the documents to aggregate.

        Raises:
            Refusal: if Elasticsearch would refuse, too.
            NotInMemoryError: if it can't be done in memory.
        """
        return {name: self._run_one(dict(told), found) for name, told in wanted.items()}

    def _run_one(self, told: dict[str, Any], found: Sequence[Document]) -> dict[str, Any]:
        inner = told.pop("aggs", None) or told.pop("aggregations", None) or {}
        meta = told.pop("meta", None)
        if len(told) != 1:
            raise Refusal(400, "parsing_exception", "an aggregation should have exactly one type")
        ((kind, options),) = told.items()
        if kind in _METRICS:
            result = self._metric(kind, options, found)
        else:
            make = self._buckets.get(kind)
            if make is None:
                known = ", ".join(sorted(_METRICS | self._buckets.keys()))
                msg = f"the aggregation {kind!r} (it knows {known})"
                raise NotInMemoryError(msg)
            result = make(self, options, found, inner)
        return {**result, "meta": meta} if meta else result

    def _field(self, options: Mapping[str, Any]) -> FieldType | None:
        """Return the field to aggregate; None if no index has it."""
        path = options.get("field")
        if path is None:
            raise NotInMemoryError("an aggregation without a field")
        found = [one.fields[path] for one in self._mappings.values() if path in one.fields]
        if len({one.name for one in found}) > 1:
            msg = f"aggregating {path}, which has several types"
            raise NotInMemoryError(msg)
        if not found:
            return None
        field_type = found[0]
        if field_type.name == "text":
            reason = f"Fielddata is disabled on [{path}]; use a keyword field instead"
            raise Refusal(400, "illegal_argument_exception", reason)
        if not field_type.is_sorted:
            msg = f"aggregating {path}, a field of the type {field_type.name}"
            raise NotInMemoryError(msg)
        return field_type

    # One value.

    def _metric(
        self, kind: str, options: Mapping[str, Any], found: Sequence[Document]
    ) -> dict[str, Any]:
        _require(kind, options, {"field", "format", "precision_threshold"})
        field_type = self._field(options)
        path = options["field"]
        values = [value for one in found for value in one.parsed.values.get(path, ())]
        if kind == "cardinality":
            return {"value": len(set(values))}
        if kind == "value_count":
            return {"value": sum(len(_of(one, path, field_type)) for one in found)}
        if field_type is not None and field_type.name == "keyword":
            reason = f"Field [{path}] of type [keyword] is not supported for aggregation [{kind}]"
            raise Refusal(400, "illegal_argument_exception", reason)
        figures = _figures(values)
        told = figures if kind == "stats" else {"value": figures[kind]}
        if field_type is None or field_type.name != "date":
            return told
        written = {
            f"{name}_as_string": field_type.format(int(value), options.get("format"))
            for name, value in told.items()
            if value is not None and name != "count"
        }
        return {**told, **written}

    # Buckets.

    def _bucket(self, found: Sequence[Document], inner: Mapping[str, Any]) -> dict[str, Any]:
        return {"doc_count": len(found), **self.run(inner, found)}

    def _terms(
        self, options: Mapping[str, Any], found: Sequence[Document], inner: Mapping[str, Any]
    ) -> dict[str, Any]:
        _require("terms", options, {"field", "size", "order", "min_doc_count", "missing"})
        field_type = self._field(options)
        path, least = options["field"], options.get("min_doc_count", 1)
        if least < 1:
            raise NotInMemoryError("terms that no document has (`min_doc_count: 0`)")
        groups: dict[Any, list[Document]] = {}
        for one in found:
            values = one.parsed.values.get(path, ())
            if not values and "missing" in options and field_type is not None:
                values = [field_type.parse_term(options["missing"])]
            for value in dict.fromkeys(values):
                groups.setdefault(value, []).append(one)
        buckets = [
            {**_key(value, field_type), **self._bucket(group, inner)}
            for value, group in sorted(groups.items())
            if len(group) >= least
        ]
        for name, direction in reversed(_orders(options.get("order"))):
            buckets.sort(key=_order_key(name), reverse=direction == "desc")
        kept = buckets[: options.get("size", 10)]
        return {
            "doc_count_error_upper_bound": 0,
            "sum_other_doc_count": sum(bucket["doc_count"] for bucket in buckets[len(kept) :]),
            "buckets": kept,
        }

    def _date_histogram(
        self, options: Mapping[str, Any], found: Sequence[Document], inner: Mapping[str, Any]
    ) -> dict[str, Any]:
        known = {"field", "calendar_interval", "fixed_interval", "interval", "min_doc_count"}
        _require("date_histogram", options, known | {"extended_bounds", "time_zone", "format"})
        if options.get("time_zone", "UTC") not in {"UTC", "Z", "+00:00"} or "format" in options:
            raise NotInMemoryError("a date histogram with a time zone or format")
        field_type = self._field(options)
        if field_type is not None and field_type.name != "date":
            msg = f"a date histogram of {options['field']}, which is no date"
            raise NotInMemoryError(msg)
        floor, following = _interval(options)
        groups: dict[int, list[Document]] = {}
        for one in found:
            starts = [floor(value) for value in one.parsed.values.get(options["field"], ())]
            for start in dict.fromkeys(starts):
                groups.setdefault(start, []).append(one)
        least = options.get("min_doc_count", 0)
        if not least and (groups or options.get("extended_bounds")):
            bounds = options.get("extended_bounds") or {}
            ends = [floor(parse_moment(bounds[name])) for name in ("min", "max") if name in bounds]
            start, last = min([*groups, *ends]), max([*groups, *ends])
            while start <= last:
                groups.setdefault(start, [])
                start = following(start)
        return {
            "buckets": [
                {**_key(start, field_type), **self._bucket(group, inner)}
                for start, group in sorted(groups.items())
                if len(group) >= least
            ]
        }

    def _filter(
        self, options: Mapping[str, Any], found: Sequence[Document], inner: Mapping[str, Any]
    ) -> dict[str, Any]:
        tests = {name: compile_query(options, one) for name, one in self._mappings.items()}
        kept = [one for one in found if tests[one.index](one.id, one.parsed)]
        return self._bucket(kept, inner)

    def _filters(
        self, options: Mapping[str, Any], found: Sequence[Document], inner: Mapping[str, Any]
    ) -> dict[str, Any]:
        _require("filters", options, {"filters"})
        named = options["filters"]
        if not isinstance(named, dict):
            return {"buckets": [self._filter(one, found, inner) for one in named]}
        return {"buckets": {name: self._filter(one, found, inner) for name, one in named.items()}}

    def _missing(
        self, options: Mapping[str, Any], found: Sequence[Document], inner: Mapping[str, Any]
    ) -> dict[str, Any]:
        _require("missing", options, {"field"})
        path = options["field"]
        return self._bucket([one for one in found if not one.parsed.values.get(path)], inner)

    _buckets: Mapping[str, Callable[..., dict[str, Any]]] = {
        "date_histogram": _date_histogram,
        "filter": _filter,
        "filters": _filters,
        "missing": _missing,
        "terms": _terms,
    }


def _require(kind: str, options: Mapping[str, Any], known: set[str]) -> None:
    unknown = options.keys() - known
    if unknown:
        msg = f"{min(unknown)!r} in the aggregation {kind!r}"
        raise NotInMemoryError(msg)


def _of(document: Document, path: str, field_type: FieldType | None) -> Sequence[Any]:
    """Return values as doc values have them: keywords and booleans of a document once each."""
    values = document.parsed.values.get(path, ())
    if field_type is not None and field_type.name == "keyword":
        return tuple(dict.fromkeys(values))
    return values


def _figures(values: Sequence[Any]) -> dict[str, Any]:
    total = float(sum(values))
    return {
        "count": len(values),
        "min": float(min(values)) if values else None,
        "max": float(max(values)) if values else None,
        "avg": total / len(values) if values else None,
        "sum": total,
    }


def _key(value: Any, field_type: FieldType | None) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"key": int(value), "key_as_string": str(value).lower()}
    if field_type is not None and field_type.name == "date":
        return {"key": value, "key_as_string": field_type.format(value)}
    return {"key": value}


def _orders(order: Any) -> list[tuple[str, str]]:
    listed = order if isinstance(order, list) else [order or {"_count": "desc"}]
    pairs = [pair for one in listed for pair in one.items()]
    return [(name.replace("_term", "_key"), direction.lower()) for name, direction in pairs]


def _order_key(name: str) -> Callable[[dict[str, Any]], Any]:
    if name in {"_count", "_key"}:
        return lambda bucket: bucket["doc_count" if name == "_count" else "key"]
    path, _, part = name.partition(".")
    if ">" in name:
        msg = f"terms ordered by {name!r}"
        raise NotInMemoryError(msg)

    def key(bucket: dict[str, Any]) -> Any:
        if path not in bucket:
            reason = f"Invalid aggregation order path [{name}]"
            raise Refusal(400, "aggregation_execution_exception", reason)
        value = bucket[path].get(part or "value", bucket[path].get("doc_count"))
        return float("-inf") if value is None else value

    return key


def _interval(
    options: Mapping[str, Any],
) -> tuple[Callable[[int], int], Callable[[int], int]]:
    """Return what gives the first moment of a period, and that of the next one."""
    told = options.get("calendar_interval") or options.get("interval")
    calendar = _SHORT.get(told or "", told)
    if calendar in _CALENDAR:
        return lambda value: _floor(value, calendar), lambda start: _following(start, calendar)
    fixed = str(options.get("fixed_interval") or told)
    number = fixed.rstrip("dhms")
    unit = _FIXED.get(fixed.removeprefix(number))
    if "calendar_interval" in options or unit is None or not number.isdigit():
        raise Refusal(400, "illegal_argument_exception", f"no interval [{told or fixed}]")
    length = int(number) * unit
    return lambda value: value // length * length, lambda start: start + length


def _floor(milliseconds: int, unit: str) -> int:
    moment = moment_of(milliseconds)
    if unit == "week":
        moment -= datetime.timedelta(days=moment.weekday())
        unit = "day"
    if unit == "quarter":
        moment = moment.replace(month=(moment.month - 1) // _MONTHS_A_QUARTER * 3 + 1, day=1)
        unit = "month"
    firsts = {"microsecond": 0, "second": 0, "minute": 0, "hour": 0, "day": 1, "month": 1}
    count = {"minute": 2, "hour": 3, "day": 4, "month": 5, "year": 6}[unit]
    return _milliseconds(moment.replace(**dict(list(firsts.items())[:count])))  # type: ignore[arg-type] # numbers all


def _following(start: int, unit: str) -> int:
    moment = moment_of(start)
    months = {"year": 12, "quarter": 3, "month": 1}.get(unit)
    if months is None:
        days = {"week": 7.0, "day": 1.0, "hour": 1 / 24, "minute": 1 / 1_440}[unit]
        return _milliseconds(moment + datetime.timedelta(days=days))
    number = moment.year * 12 + moment.month - 1 + months
    return _milliseconds(moment.replace(year=number // 12, month=number % 12 + 1))


def _milliseconds(moment: datetime.datetime) -> int:
    return (moment - moment_of(0)) // datetime.timedelta(milliseconds=1)
