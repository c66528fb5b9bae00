"""Values are checked before anything is sent."""

from __future__ import annotations

import datetime
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from djelme.errors import RecordTypeError, RecordValidationError
from djelme_testing.conformance.sample import set_up_sample
from djelme_testing.conformance.site import Body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from djelme_testing.conformance.site import Site

__all__ = ("ValidationTests",)

_UTC = datetime.timezone.utc
_KEYWORD_MAX_BYTES = 32_766
_GOOD: dict[str, Any] = {"item_id": 1, "path": "/"}
#: Values by field, and what the message says of them.
_WRONG: list[tuple[str, Any, str]] = [
    ("item_id", "my.item.id", "expected an int of 64 bit .*found str 'my.item.id'"),
    ("item_id", 1.0, "expected an int .*found float 1.0"),
    ("item_id", True, "expected an int .*found bool True"),
    ("item_id", None, "expected an int .*found None"),
    ("item_id", 2**63, "expected an int of 64 bit .*found int 9223372036854775808"),
    ("item_id", -(2**63) - 1, "expected an int of 64 bit"),
    ("item_id", [1], "expected an int .*found list"),
    ("path", 5, "expected a str .*found int 5"),
    ("path", b"/", "expected a str .*found bytes"),
    ("path", "x" * (_KEYWORD_MAX_BYTES + 1), "at most 32,766 bytes .*of length 32,767"),
    ("path", "\N{GREEK SMALL LETTER ALPHA}" * (_KEYWORD_MAX_BYTES // 2 + 1), "32,766 bytes"),
    ("path", "\ud800", "without lone surrogates"),
    ("ratio", math.nan, "expected a finite float, found float nan"),
    ("ratio", math.inf, "expected a finite float, found float inf"),
    ("ratio", -math.inf, "expected a finite float, found float -inf"),
    ("ratio", "0.5", "expected a finite float, found str '0.5'"),
    ("ratio", 10**400, "expected a finite float"),
    ("ratio", Decimal("0.5"), "expected a finite float"),
    ("active", 1, "expected a bool, found int 1"),
    ("active", "true", "expected a bool"),
    ("seen", "2026-02-04", "expected a datetime, found str"),
    ("seen", datetime.date(2026, 2, 4), "expected a datetime, found date"),
    ("timestamp", None, "expected a datetime, found None"),
    ("timestamp", 1_700_000_000, "expected a datetime, found int"),
    ("day", datetime.datetime(2026, 2, 4, tzinfo=_UTC), r"expected a date \(without time\)"),
    ("kind", "visit", "expected one of 'view', 'download', found str 'visit'"),
    ("color", "green", "expected one of 'red', 'blue', found str 'green'"),
    ("level", 3, "expected one of 1, 2, found int 3"),
    ("level", True, "expected one of 1, 2, found bool"),
    ("tags", "a", "expected a list of values, each a str .*found str 'a'"),
    ("tags", ["a", 5], "expected a list of values, each a str"),
    ("tags", ["a", None], "expected a list of values, each a str"),
    ("counts", [1, 2**63], "each an int of 64 bit"),
    ("ratios", [0.5, math.nan], "each a finite float"),
    ("colors", ["red", "green"], "each one of 'red', 'blue'"),
    ("speed", 5, "expected one of the fields .*item_id.*found an unknown field with int 5"),
]


def _name_of(value: Any) -> str:
    return repr(value)[:30]


class ValidationTests:
    """What is refused, and how the error tells it."""

    @pytest.fixture
    def sample(self, site: Site) -> Any:
        """A record type with a field of each kind."""
        return set_up_sample(site)

    @pytest.mark.parametrize(("field", "value", "message"), _WRONG, ids=_name_of)
    def test_a_wrong_value_is_refused(
        self, site: Site, sample: Any, field: str, value: Any, message: str
    ) -> None:
        fields = {**_GOOD, field: value}
        with pytest.raises(RecordValidationError, match=f"(?s){message}") as caught:
            sample.record(**fields)
        assert caught.value.recordtype == "myapp.Sample"
        assert caught.value.field == field
        assert str(caught.value).startswith(f"myapp.Sample.{field}: expected ")
        assert len(str(caught.value)) < 500

        with pytest.raises(RecordValidationError, match=f"(?s){message}.*record 1 of the bulk"):
            sample.bulk_record([_GOOD, fields])
        result = sample.bulk_record([_GOOD, fields, _GOOD], raise_on_error=False, chunk_size=1)
        assert (result.created, result.existing) == (2, 0)
        (failure,) = result.failed
        assert failure.record is fields
        assert failure.status is None
        assert f"myapp.Sample.{field}: expected " in failure.reason

        if field in sample.djelme.fields:
            instance = sample(**fields)
            with pytest.raises(RecordValidationError, match=f"(?s){message}"):
                instance.save()
            instance = sample(**_GOOD)
            setattr(instance, field, value)
            with pytest.raises(RecordValidationError, match=f"(?s){message}"):
                sample.bulk_record([instance])
        sample.refresh()
        assert sample.search().count() == 2
        assert len(site.index_names()) == 1

    @pytest.mark.parametrize("missing", ["item_id", "path"])
    def test_a_missing_value_is_refused(self, site: Site, sample: Any, missing: str) -> None:
        fields = {name: value for name, value in _GOOD.items() if name != missing}
        ways: tuple[Callable[[], Any], ...] = (
            lambda: sample.record(**fields),
            lambda: sample(**fields).save(),
            lambda: sample.bulk_record([fields]),
            lambda: sample.bulk_record([sample(**fields)]),
        )
        for store in ways:
            with pytest.raises(RecordValidationError, match=r"expected .*found") as caught:
                store()
            assert caught.value.field == missing
        assert site.index_names() == []

    def test_the_longest_keyword_is_taken(self, sample: Any) -> None:
        longest = "\N{GREEK SMALL LETTER ALPHA}" * (_KEYWORD_MAX_BYTES // 2)
        record = sample.record(item_id=1, path=longest)
        assert sample.get(record.meta.id, index=record.meta.index).path == longest

    def test_naive_datetimes_can_be_refused(self, site: Site) -> None:
        @site.set_up
        class UsageRecord(Body):
            seen: datetime.datetime

            class Meta:
                naive_datetimes = "refuse"

        naive = datetime.datetime(2026, 2, 4)  # noqa: DTZ001 - on purpose
        aware = naive.replace(tzinfo=_UTC)
        for fields in ({"seen": naive}, {"seen": aware, "timestamp": naive}):
            with pytest.raises(RecordValidationError, match="a datetime with a time zone"):
                UsageRecord.record(**fields)
            with pytest.raises(RecordValidationError, match="a datetime with a time zone"):
                UsageRecord.bulk_record([fields])
        assert site.index_names() == []
        UsageRecord.record(seen=aware, timestamp=aware)

    def test_nothing_of_a_request_with_a_wrong_record_is_sent(
        self, site: Site, sample: Any
    ) -> None:
        with pytest.raises(RecordValidationError) as caught:
            sample.bulk_record([_GOOD] * 5 + [{**_GOOD, "item_id": "x"}] + [_GOOD])
        assert caught.value.position == 5
        assert site.index_names() == []

    def test_requests_before_a_wrong_record_stay_stored(self, sample: Any) -> None:
        def records() -> Iterator[dict[str, Any]]:
            yield from [_GOOD] * 5
            yield {**_GOOD, "item_id": "x"}
            pytest.fail("read on after a wrong record")

        with pytest.raises(RecordValidationError) as caught:
            sample.bulk_record(records(), chunk_size=2)
        assert caught.value.position == 5
        sample.refresh()
        assert sample.search().count() == 4

    @pytest.mark.parametrize("record", [5, None, "abc", ["item_id", 1], ...], ids=_name_of)
    def test_a_bulk_takes_dicts_and_instances(self, sample: Any, record: Any) -> None:
        with pytest.raises(RecordTypeError, match="record 1 of the bulk should be a dict or"):
            sample.bulk_record([_GOOD, record])

    def test_a_long_value_is_shortened_in_the_message(self, sample: Any) -> None:
        with pytest.raises(RecordValidationError) as caught:
            sample.record(item_id="x" * 10_000, path="/")
        assert len(str(caught.value)) < 300
        assert "of length 10,000" in caught.value.found
