"""Keys of composite aggregations are counted by group, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from elasticsearch_metrics.report import composite
from elasticsearch_metrics.report.composite import DistinctCounter, each_page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SOURCES = [{"g0": {"terms": {"field": "item"}}}]
_VALUE = {"terms": {"field": "session"}}


class Server:
    """Answers to composite aggregations over pairs of group and value."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._pairs = sorted(pairs)
        self.asked: list[tuple[Any, Any]] = []

    def ask_between(
        self, first: Mapping[str, Any], last: Mapping[str, Any], body: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        self.asked.append((first.get("g0"), last.get("g0")))
        return self.ask(body)

    def ask(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        wanted = body["buckets"]["composite"]
        after = tuple(wanted.get("after", {}).values())
        found = [pair for pair in self._pairs if pair > after][: wanted["size"]]
        buckets = [{"key": {"g0": one, "value": two}, "doc_count": 1} for one, two in found]
        return {"buckets": {"buckets": buckets}}


def group(name: str, events: int) -> dict[str, Any]:
    return {"key": {"g0": name}, "doc_count": events}


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_each_page_ends_with_the_last_key(size: int) -> None:
    server = Server([("a", "1"), ("a", "2"), ("b", "1")])
    pages = list(each_page(server.ask, [*_SOURCES, {"value": _VALUE}], size=size))
    assert [bucket["key"]["value"] for page in pages for bucket in page] == ["1", "2", "1"]
    assert all(pages)


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_values_are_counted_by_group(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composite, "PAGE", size)
    # "m" is a group of the next page, which an event of this one is in, too.
    server = Server([("a", "1"), ("a", "2"), ("c", "1"), ("c", "3"), ("c", "4"), ("m", "1")])
    counter = DistinctCounter(server.ask_between, _SOURCES, _VALUE, None)
    assert counter.count([group("a", 2), group("b", 9), group("c", 3)]) == [2, 0, 3]
    again = DistinctCounter(server.ask_between, _SOURCES, _VALUE, counter.position)
    assert again.count([group("m", 1), group("n", 1)]) == [1, 0]


def test_groups_of_about_a_page_of_events_are_asked_for_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(composite, "PAGE", 10)
    server = Server([])
    counter = DistinctCounter(server.ask_between, _SOURCES, _VALUE, None)
    events = {"a": 4, "b": 5, "c": 1, "d": 50, "e": 1}
    assert counter.count([group(name, number) for name, number in events.items()]) == [0] * 5
    assert server.asked == [("a", "b"), ("c", "c"), ("d", "d"), ("e", "e")]


def test_values_of_a_report_without_groups() -> None:
    asked: list[Any] = []

    def ask(first: object, last: object, body: Mapping[str, Any]) -> Mapping[str, Any]:
        asked.append((first, last, body["buckets"]["composite"]["sources"]))
        return {"buckets": {"buckets": [{"key": {"value": str(at)}} for at in range(3)]}}

    counter = DistinctCounter(ask, [], _VALUE, None)
    assert counter.count([{"doc_count": 7}]) == [3]
    assert asked == [({}, {}, [{"value": _VALUE}])]
