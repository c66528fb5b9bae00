"""What is found in memory is what a real Elasticsearch finds."""

from __future__ import annotations

import datetime
import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from djelme.errors import BackendRefusedError
from djelme_testing.backend_settings import imp_major
from djelme_testing.cleaning import random_prefix
from djelme_testing.conformance import Site
from djelme_testing.conformance.site import Body
from djelme_testing.memory import MemoryServer, client_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_UTC = datetime.timezone.utc
_START = datetime.datetime(2025, 11, 20, 22, 30, 0, 5_000, tzinfo=_UTC)
_WORDS = ("Green Tea", "green apples", "a red TEA pot", "nothing")


@dataclass
class Both:
    """The same records twice."""

    server: Site
    memory: Site
    in_server: Any
    in_memory: Any

    def ask(self, ask: Callable[[Any], Any]) -> tuple[Any, Any]:
        """Return what both answer, without their prefixes."""
        answers = []
        for site, recordtype in ((self.server, self.in_server), (self.memory, self.in_memory)):
            with site.entered():
                answers.append(_without(site.prefix, ask(recordtype)))
        return answers[0], answers[1]


def _without(prefix: str, value: Any) -> Any:
    if isinstance(value, str):
        return value.replace(prefix, "")
    if isinstance(value, dict):
        return {name: _without(prefix, one) for name, one in value.items()}
    return [_without(prefix, one) for one in value] if isinstance(value, list) else value


def _records() -> Iterator[dict[str, Any]]:
    for number in range(60):
        yield {
            "item_id": number % 7 - 2,
            "path": f"/{'äbC'[number % 3]}/{number % 4}",
            "tags": sorted({f"t{number % 5}", f"t{number % 2}"}, reverse=True),
            "ratio": None if number % 3 == 0 else number / 8,
            "active": None if number % 5 == 0 else number % 2 == 0,
            "day": None if number % 4 == 0 else datetime.date(2026, 1, 1 + number % 28),
            "title": _WORDS[number % len(_WORDS)],
            "timestamp": _START + number * datetime.timedelta(days=3, hours=5, minutes=7),
        }


def _stored(site: Site) -> Any:
    class UsageRecord(Body):
        item_id: int
        path: str
        tags: list[str]
        ratio: float | None
        active: bool | None
        day: datetime.date | None
        title = site.imp.mapped_field(_text(site.imp_name))
        Meta = type("Meta", (), {"timedepth": 2, "source": site.imp.MetaField(enabled=True)})

    UsageRecord.__annotations__["title"] = str
    recordtype = site.set_up(UsageRecord)
    for number, record in enumerate(_records()):
        recordtype(**record, meta={"id": f"id{number:02}"}).save()
    recordtype.refresh()
    return recordtype


def _text(imp_name: str) -> Any:
    dsl = "elasticsearch8.dsl" if imp_major(imp_name) == 8 else "elasticsearch6_dsl"
    return importlib.import_module(dsl).Text()


@pytest.fixture(scope="module")
def both_by_imp(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Both]]:
    """Make and keep the records of each imp."""
    made: dict[str, Both] = {}
    sites = []

    def make(imp_name: str) -> Both:
        if imp_name in made:
            return made[imp_name]
        major = imp_major(imp_name)
        assert major is not None
        cluster = request.getfixturevalue(f"elasticsearch{major}_cluster")
        server = Site(imp_name, cluster.client_options, random_prefix())
        memory = Site(imp_name, client_options(MemoryServer(major)), "memory_")
        sites.append(server)
        types = []
        for site in (server, memory):
            with site.entered():
                types.append(_stored(site))
        made[imp_name] = Both(server, memory, *types)
        return made[imp_name]

    yield make
    for site in sites:
        with site.entered():
            site.clean()


@pytest.fixture
def both(both_by_imp: Callable[[str], Both], imp_name: str) -> Both:
    return both_by_imp(imp_name)


QUERIES = [
    {"match_all": {}},
    {"term": {"item_id": 3}},
    {"term": {"item_id": "3"}},
    {"term": {"item_id": {"value": -2}}},
    {"term": {"item_id": 3.0}},
    {"term": {"path": "/ä/0"}},
    {"term": {"path": "/Ä/0"}},
    {"term": {"tags": "t1"}},
    {"term": {"active": True}},
    {"term": {"active": "false"}},
    {"term": {"day": "2026-01-02"}},
    {"term": {"timestamp": "2025-12-03"}},
    {"term": {"no_such_field": 1}},
    {"term": {"_id": "id07"}},
    {"terms": {"item_id": [0, 4, 99]}},
    {"terms": {"tags": ["t3", "t4"]}},
    {"terms": {"tags": []}},
    {"ids": {"values": ["id00", "id59", "none"]}},
    {"exists": {"field": "ratio"}},
    {"exists": {"field": "no_such_field"}},
    {"range": {"item_id": {"gte": 0, "lt": 3}}},
    {"range": {"item_id": {"gt": 1.5}}},
    {"range": {"item_id": {"lte": "2"}}},
    {"range": {"ratio": {"gt": 1.5, "lte": 4.0}}},
    {"range": {"path": {"gte": "/C", "lt": "/ä/2"}}},
    {"range": {"timestamp": {"gte": "2026-01-01", "lt": "2026-02-01"}}},
    {"range": {"timestamp": {"gt": "2026-01"}}},
    {"range": {"timestamp": {"lte": "2026-01"}}},
    {"range": {"timestamp": {"lte": "2026"}}},
    {"range": {"timestamp": {"gte": "2025-11-20T22:30:00.005Z", "lte": "2025-11-27T10"}}},
    {"range": {"timestamp": {"gte": "2025-11-20T23:30:00.005+01:00"}}},
    {"range": {"timestamp": {"lt": 1766000000000}}},
    {"range": {"no_such_field": {"gte": 1}}},
    {"range": {"day": {"gte": "2026-01-27"}}},
    {"bool": {}},
    {"bool": {"must_not": [{"exists": {"field": "day"}}]}},
    {"bool": {"must": {"term": {"tags": "t0"}}, "must_not": {"term": {"tags": "t2"}}}},
    {"bool": {"should": [{"term": {"item_id": 1}}, {"term": {"active": True}}]}},
    {"bool": {"filter": [{"term": {"tags": "t0"}}], "should": [{"term": {"item_id": 1}}]}},
    {
        "bool": {
            "should": [{"term": {"item_id": 1}}, {"term": {"active": True}}],
            "minimum_should_match": 2,
        }
    },
]


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_queries_match_the_same(both: Both, query: dict[str, Any]) -> None:
    def ask(recordtype: Any) -> Any:
        search = recordtype.search().update_from_dict({"query": query})
        hits = search[:100].execute().to_dict()["hits"]["hits"]
        told = [{name: hit[name] for name in ("_index", "_id", "_source")} for hit in hits]
        return [search.count(), sorted(told, key=lambda hit: str(hit["_id"]))]

    in_server, in_memory = both.ask(ask)
    assert in_memory == in_server


SEARCHES = [
    {"sort": ["timestamp"]},
    {"sort": ["-timestamp"], "from": 5, "size": 7},
    {"sort": [{"item_id": "desc"}, {"timestamp": {"order": "asc"}}], "size": 60},
    {"sort": [{"ratio": {"order": "desc"}}, "timestamp"], "size": 60},
    {"sort": [{"day": "asc"}, "timestamp"], "size": 60},
    {"sort": [{"tags": "asc"}, "timestamp"], "size": 60},
    {"sort": [{"tags": {"order": "desc"}}, "timestamp"], "size": 60},
    {"sort": [{"active": "desc"}, "timestamp"], "size": 60},
    {"sort": ["timestamp"], "docvalue_fields": ["tags", "item_id", "ratio"]},
    {
        "sort": ["timestamp"],
        "docvalue_fields": [
            {"field": "timestamp", "format": "strict_date_time"},
            {"field": "day", "format": "strict_date"},
            "active",
        ],
    },
    {"size": 0, "query": {"term": {"item_id": 3}}},
]


def _comparable(answer: dict[str, Any]) -> dict[str, Any]:
    answer.pop("took", None)
    answer.pop("_shards", None)
    hits = answer["hits"]
    hits.pop("max_score", None)
    for hit in hits["hits"]:
        for name in ("_score", "_type", "_ignored", "sort", "_version", "_seq_no", "_primary_term"):
            hit.pop(name, None)
    return answer


@pytest.mark.parametrize("body", SEARCHES, ids=str)
def test_searches_answer_the_same(both: Both, body: dict[str, Any]) -> None:
    def ask(recordtype: Any) -> Any:
        search = recordtype.search().update_from_dict(body)
        search = search.sort(*body["sort"]) if "sort" in body else search
        return _comparable(search.execute().to_dict())

    in_server, in_memory = both.ask(ask)
    assert in_memory == in_server


def test_ranges_of_time_are_the_same(both: Both) -> None:
    bounds = [(2025, 12), (2026,), (2026, 1, 9), "2026-02-01T05:00:00+02:00", (2027,)]

    def ask(recordtype: Any) -> Any:
        return [
            recordtype.search_timeseries_range(start, end).count()
            for number, start in enumerate(bounds)
            for end in bounds[number:]
        ]

    in_server, in_memory = both.ask(ask)
    assert in_memory == in_server
    assert len(set(in_memory)) > 5


@pytest.mark.parametrize(
    "expression",
    [
        "{}*",
        "{0}2025*,{0}2026.01",
        "{0}*,-{0}2026*",
        "-{0}2026*,{0}2025*",
        "{0}2025*,-{0}2025.12,{0}2025.12",
        "{0}1999*",
        "{0}1999",
        "{0}2026.01,{0}UPPER",
    ],
)
@pytest.mark.parametrize("lenient", [True, False])
def test_names_mean_the_same_indexes(both: Both, expression: str, lenient: bool) -> None:
    def ask(recordtype: Any) -> Any:
        base = recordtype.get_timeseries_template_name()
        params = {"ignore_unavailable": "true"} if lenient else {}
        names = expression.format(f"{base}_")
        try:
            answer = recordtype.get_backend().request("GET", f"/{names}/_count", params=params)
        except BackendRefusedError as error:
            return error.status
        return answer["count"]

    in_server, in_memory = both.ask(ask)
    assert in_memory == in_server


@pytest.mark.parametrize(
    "document",
    [
        {"item_id": "five"},
        {"item_id": 5.7},
        {"item_id": "5"},
        {"item_id": 2**63},
        {"item_id": True},
        {"item_id": {"a": 1}},
        {"item_id": [1, 2]},
        {"path": 5},
        {"path": {"a": 1}},
        {"active": "maybe"},
        {"active": 1},
        {"active": "true"},
        {"ratio": "much"},
        {"day": "2026-02"},
        {"day": "soon"},
        {"timestamp": "now"},
        {"unknown": 1},
        {"unknown": None},
        {},
    ],
    ids=str,
)
def test_documents_are_taken_or_refused_the_same(both: Both, document: dict[str, Any]) -> None:
    def ask(recordtype: Any) -> Any:
        backend = recordtype.get_backend()
        index = f"{recordtype.get_timeseries_template_name()}_1999.01"
        path = f"/{index}/{backend.features.document_type}/one"
        try:
            backend.request("PUT", path, body=document)
        except BackendRefusedError as error:
            return error.status
        finally:
            backend.delete_indexes([index])
        return "stored"

    in_server, in_memory = both.ask(ask)
    assert in_memory == in_server


@pytest.mark.parametrize(
    "body",
    [
        {"query": {"term": {"item_id": "five"}}},
        {"query": {"range": {"timestamp": {"gte": "soon"}}}},
        {"query": {"term": {"item_id": 1, "path": "/"}}},
        {"sort": ["no_such_field"]},
    ],
    ids=str,
)
def test_what_is_wrong_is_refused_the_same(both: Both, body: dict[str, Any]) -> None:
    def ask(recordtype: Any) -> Any:
        names = f"{recordtype.get_timeseries_template_name()}_*"
        try:
            recordtype.get_backend().request("POST", f"/{names}/_search", body=body)
        except BackendRefusedError as error:
            return error.status
        return "answered"

    in_server, in_memory = both.ask(ask)
    assert in_memory == in_server
