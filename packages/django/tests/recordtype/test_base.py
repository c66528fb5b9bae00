from __future__ import annotations

import datetime
import json
from typing import Any

import pytest

from djelme.errors import RecordTypeError, RecordValidationError
from elasticsearch_metrics import signals
from elasticsearch_metrics.delivery import submission

UTC = datetime.timezone.utc
PLUS_FIVE = datetime.timezone(datetime.timedelta(hours=5))


@pytest.fixture
def usage(make_type: Any) -> Any:
    recordtype = make_type()
    recordtype.sync_index_template()
    return recordtype


def stored(recordtype: Any) -> dict[str, list[Any]]:
    by_index: dict[str, list[Any]] = {}
    for (index, _), source in recordtype.get_backend().documents.items():
        by_index.setdefault(index, []).append(json.loads(source))
    return by_index


def test_a_record_lies_in_the_index_of_its_day_in_utc(usage: Any) -> None:
    usage.record(item_id=7, timestamp=datetime.datetime(2030, 1, 1, 1, tzinfo=PLUS_FIVE))
    assert stored(usage) == {
        "shop_usage_2029.12.31": [{"timestamp": "2029-12-31T20:00:00.000Z", "item_id": 7}]
    }


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, "item_id"),
        ({"item_id": "seven"}, "item_id"),
        ({"item_id": 7, "other": 1}, "other"),
        ({"item_id": 7, "timestamp": "now"}, "timestamp"),
    ],
)
def test_wrong_values_are_refused_before_anything_is_sent(
    usage: Any, fields: dict[str, Any], named: str
) -> None:
    with pytest.raises(RecordValidationError) as caught:
        usage.record(**fields)
    assert caught.value.field == named
    assert stored(usage) == {}


def test_abstract_types_cant_record(make_type: Any) -> None:
    with pytest.raises(RecordTypeError, match="abstract"):
        make_type(abstract=True).record(item_id=7)


def test_signals_are_sent_around_saving(usage: Any) -> None:
    seen: list[Any] = []

    def before(sender: Any, instance: Any, using: str, index: str | None, **_: Any) -> None:
        seen.append(("pre", sender, using, index))
        instance.values["item_id"] = 8

    def after(sender: Any, instance: Any, using: str, index: str, **_: Any) -> None:
        seen.append(("post", sender, using, index))

    signals.pre_save.connect(before, sender=usage)
    signals.post_save.connect(after, sender=usage)
    try:
        usage.record(item_id=7, timestamp=datetime.datetime(2026, 11, 23, tzinfo=UTC))
    finally:
        signals.pre_save.disconnect(before, sender=usage)
        signals.post_save.disconnect(after, sender=usage)
    index = "shop_usage_2026.11.23"
    assert seen == [("pre", usage, "main", None), ("post", usage, "main", index)]
    assert stored(usage)[index][0]["item_id"] == 8


def test_observers_learn_of_what_was_accepted(usage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(submission, "observers", [lambda _placement, given: seen.extend(given)])
    usage.record(item_id=1)
    usage.bulk_record([{"item_id": 2}, {"item_id": 3}])
    assert [json.loads(operation.source)["item_id"] for operation in seen] == [1, 2, 3]


def test_a_bulk_takes_records_lazily(usage: Any) -> None:
    taken: list[int] = []

    def records() -> Any:
        for number in range(10):
            taken.append(number)
            yield {"item_id": number}

    most = []
    usage.bulk_record(
        records(), chunk_size=3, progress=lambda result: most.append(len(taken) - result.created)
    )
    assert len(taken) == 10
    assert max(most) <= 3 + 1  # a chunk ahead, and a record to know that there is another one


def test_a_wrong_record_in_a_bulk_is_named_by_its_position(usage: Any) -> None:
    with pytest.raises(RecordValidationError) as caught:
        usage.bulk_record([{"item_id": 1}, {"item_id": "two"}])
    assert caught.value.position == 1


def test_a_bulk_can_go_on_past_wrong_records(usage: Any) -> None:
    result = usage.bulk_record(
        [{"item_id": 1}, {"item_id": "two"}, {"item_id": 3}], raise_on_error=False
    )
    assert result.created == 2
    (failure,) = result.failed
    assert failure.record == {"item_id": "two"}
    assert "shop.Usage.item_id" in failure.reason


@pytest.mark.parametrize("record", [7, None, ["item_id"]])
def test_a_bulk_of_other_things(usage: Any, record: Any) -> None:
    with pytest.raises(RecordTypeError, match="record 0 of the bulk should be a dict"):
        usage.bulk_record([record])
