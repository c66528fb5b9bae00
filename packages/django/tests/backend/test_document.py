from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from djelme.errors import BackendRefusedError, IncompleteAnswerError
from djelme.operation import Operation
from elasticsearch_metrics.backend.document import DocumentRequests
from elasticsearch_metrics.backend.features import Features

if TYPE_CHECKING:
    from collections.abc import Callable

NEW = Operation("usage_2026", "id-1", b'{"n":1}')
REPLACING = Operation("usage_2026", "id/2", b'{"n":2}', create=False)
CONFLICT = {"type": "version_conflict_engine_exception", "reason": "[id-1]: version conflict"}


def conflict() -> BackendRefusedError:
    return BackendRefusedError(backend="main", status=409, reason="[id-1]: version conflict")


def test_a_conflict_of_a_new_document_means_that_it_is_stored(
    scripted: Callable[..., Any],
) -> None:
    outcome = scripted(DocumentRequests, conflict()).store(NEW)
    assert (outcome.reason, outcome.created) == (None, False)


def test_a_conflict_of_another_one_is_an_error(scripted: Callable[..., Any]) -> None:
    with pytest.raises(BackendRefusedError):
        scripted(DocumentRequests, conflict()).store(REPLACING)


def test_ids_are_quoted(scripted: Callable[..., Any]) -> None:
    backend = scripted(DocumentRequests, {"result": "updated"})
    assert backend.store(REPLACING).created is False
    assert backend.asked[0].path == "/usage_2026/_doc/id%2F2"


def test_a_bulk_of_new_documents_asks_for_errors_only(scripted: Callable[..., Any]) -> None:
    backend = scripted(DocumentRequests, {"errors": False})
    assert [outcome.created for outcome in backend.store_many([NEW, NEW])] == [True, True]
    assert backend.asked[0].params["filter_path"] == "errors,items.*.error"


def test_after_an_error_the_same_bulk_is_sent_for_its_outcomes(
    scripted: Callable[..., Any],
) -> None:
    refusal = {"type": "mapper_parsing_exception", "reason": "no number"}
    first = {"errors": True, "items": [{"create": {"error": refusal}}]}
    second = {
        "errors": True,
        "items": [
            {"create": {"status": 409, "error": CONFLICT}},
            {"create": {"status": 400, "error": refusal}},
        ],
    }
    backend = scripted(DocumentRequests, first, second)
    other = Operation("usage_2026", "id-3", b'{"n":"x"}')
    stored, refused = backend.store_many([NEW, other])
    # The conflict comes from this call's own first request, so it was created by it.
    assert (stored.created, stored.reason) == (True, None)
    assert refused.status == 400
    assert refused.reason == "mapper_parsing_exception: no number"
    assert [asked.body for asked in backend.asked] == [NEW.lines + other.lines] * 2


def test_an_answer_of_a_part_of_the_shards_says_so(scripted: Callable[..., Any]) -> None:
    answer = {
        "hits": {"total": {"value": 3}},
        "_shards": {"total": 5, "successful": 4, "failed": 0},
        "timed_out": False,
    }
    found = scripted(DocumentRequests, answer).aggregate(["usage_*"], {})
    assert (found.total, found.problem[:13]) == (3, "1 of 5 shards")


def test_no_hit_of_a_part_of_the_shards_is_no_answer(scripted: Callable[..., Any]) -> None:
    answer = {
        "hits": {"hits": []},
        "_shards": {"total": 5, "successful": 4, "failed": 0},
        "timed_out": False,
    }
    with pytest.raises(IncompleteAnswerError):
        scripted(DocumentRequests, answer).get_document(["usage_*"], "id-1", realtime=False)


def test_an_interval_of_the_calendar_has_the_server_s_own_name(
    scripted: Callable[..., Any],
) -> None:
    answer = {"hits": {"total": 0}, "_shards": {"total": 0, "successful": 0, "failed": 0}}
    features = Features(("6", "7"), document_type="doc", calendar_interval="interval")
    backend = scripted(DocumentRequests, answer, features=features)
    histogram = {"date_histogram": {"field": "timestamp", "calendar_interval": "day"}}
    backend.aggregate(["usage_*"], {"periods": {**histogram, "aggs": {"inner": histogram}}})
    sent = backend.asked[0].body["aggs"]["periods"]
    assert sent["date_histogram"] == {"field": "timestamp", "interval": "day"}
    assert sent["aggs"]["inner"]["date_histogram"] == {"field": "timestamp", "interval": "day"}
