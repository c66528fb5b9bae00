"""Loading many records."""

from __future__ import annotations

import datetime
import itertools
from typing import TYPE_CHECKING, Any

import pytest

from djelme.errors import BulkError, RecordValidationError
from djelme.operation import Operation
from djelme_testing.conformance.capability import Capability, needs
from djelme_testing.conformance.site import Body

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme.bulk import BulkResult
    from djelme_testing.conformance.site import Site

__all__ = ("BulkTests",)

_WHEN = datetime.datetime(2026, 2, 4, tzinfo=datetime.timezone.utc)


def _usage(site: Site) -> Any:
    @site.set_up
    class UsageRecord(Body):
        item_id: int

        class Meta:
            timedepth = 2

    return UsageRecord


def _numbered(numbers: Any) -> Iterator[dict[str, Any]]:
    return ({"item_id": number, "timestamp": _WHEN} for number in numbers)


class BulkTests:
    """`bulk_record` and what it returns."""

    @pytest.mark.parametrize("senders", [1, 3])
    def test_all_records_arrive(self, site: Site, senders: int) -> None:
        usage = _usage(site)
        result = usage.bulk_record(_numbered(range(1_050)), chunk_size=100, senders=senders)
        assert (result.created, result.existing, result.failed) == (1_050, 0, [])
        usage.refresh()
        hits = usage.search()[:2_000]
        assert sorted(hit.item_id for hit in hits) == list(range(1_050))

    def test_records_of_many_periods_go_to_their_indexes(self, site: Site) -> None:
        usage = _usage(site)
        days = [_WHEN + datetime.timedelta(days=40 * number) for number in range(4)]
        usage.bulk_record({"item_id": 1, "timestamp": day} for day in days)
        assert site.index_names() == [
            site.name(f"myapp_usagerecord_2026.{month:02d}") for month in (2, 3, 4, 6)
        ]

    @pytest.mark.parametrize("senders", [1, 3])
    def test_records_are_taken_lazily(self, site: Site, senders: int) -> None:
        usage = _usage(site)
        taken = itertools.count()
        ahead: list[int] = []

        def records() -> Iterator[dict[str, Any]]:
            for fields in _numbered(range(2_000)):
                next(taken)
                yield fields

        def progress(result: BulkResult) -> None:
            ahead.append(next(taken) - len(ahead) - result.created)

        usage.bulk_record(records(), chunk_size=50, senders=senders, progress=progress)
        assert len(ahead) == 40
        # What is being sent, what waits to be, and the record that showed that a chunk was full.
        assert max(ahead) <= 50 * (senders + 1) + 1

    def test_instances_are_given_their_ids_and_indexes(self, site: Site) -> None:
        usage = _usage(site)
        records = [usage(item_id=number, timestamp=_WHEN) for number in range(5)]
        result = usage.bulk_record(iter(records))
        assert result.created == 5
        assert len({record.meta.id for record in records}) == 5
        assert {record.meta.index for record in records} == set(site.index_names())
        for record in records:
            found = usage.get(record.meta.id, index=record.meta.index)
            assert found.item_id == record.item_id

    def test_dicts_and_instances_mix(self, site: Site) -> None:
        usage = _usage(site)
        given = {"item_id": 1, "timestamp": _WHEN}
        result = usage.bulk_record([given, usage(item_id=2), dict(given)])
        assert result.created == 3
        assert given == {"item_id": 1, "timestamp": _WHEN}

    def test_nothing_to_load_is_no_error(self, site: Site) -> None:
        usage = _usage(site)
        result = usage.bulk_record([])
        assert (result.created, result.existing, result.failed) == (0, 0, [])
        assert site.index_names() == []

    @pytest.mark.parametrize("chunk_size", [0, -1, 2.5, "100", True])
    def test_the_size_of_chunks_is_checked(self, site: Site, chunk_size: Any) -> None:
        usage = _usage(site)
        with pytest.raises(ValueError, match="chunk_size should be a positive int"):
            usage.bulk_record([{"item_id": 1}], chunk_size=chunk_size)

    @needs(Capability.STRICT)
    def test_what_the_engine_refuses_is_told_by_record(self, site: Site) -> None:
        usage, other = _type_and_stranger(site)
        refused = {"item_id": 2, "extra": "x", "timestamp": _WHEN}
        good = {"item_id": 1, "timestamp": _WHEN}
        with pytest.raises(BulkError, match=r"1 records were not stored \(2 created") as caught:
            other.bulk_record([good, refused, good])
        (failure,) = caught.value.result.failed
        assert failure.record is refused
        assert failure.status == 400
        assert "extra" in failure.reason
        result = other.bulk_record([good, refused, good], raise_on_error=False)
        assert (result.created, result.existing, len(result.failed)) == (2, 0, 1)
        usage.refresh()
        assert usage.search().count() == 1 + 4

    @needs(Capability.STRICT)
    @pytest.mark.parametrize("refused", [False, True])
    def test_new_is_told_from_there_before_beside_what_is_refused(
        self, site: Site, *, refused: bool
    ) -> None:
        usage = _usage(site)

        def operation(document_id: str, source: bytes = b'{"item_id":1}') -> Operation:
            return Operation(site.name("myapp_usagerecord_2026.02"), document_id, source)

        there = operation("there")
        site.backend.store_many([there])
        twice = operation("twice")
        sent = [there, operation("new"), twice, twice, there, operation("a-[b]")]
        if refused:
            sent.append(operation("refused", b'{"unknown":1}'))
        outcomes = site.backend.store_many(sent)
        stored = [outcome.created for outcome in outcomes if outcome.reason is None]
        # Which of two alike came first doesn't matter.
        assert [stored[0], stored[1], sum(stored[2:4]), *stored[4:]] == [
            False,
            True,
            1,
            False,
            True,
        ]
        assert [bool(outcome.reason) for outcome in outcomes] == [False] * 6 + [True] * refused
        usage.refresh()
        assert usage.search().count() == 4

    @needs(Capability.STRICT)
    def test_an_instance_that_was_refused_is_not_taken_for_stored(self, site: Site) -> None:
        _, other = _type_and_stranger(site)
        refused = [other(item_id=2, extra="x", timestamp=_WHEN) for _ in range(3)]
        result = other.bulk_record(
            [*refused, *_numbered(range(50))], chunk_size=3, raise_on_error=False
        )
        assert [failure.record for failure in result.failed] == refused
        assert result.created == 50
        for record in refused:
            assert "index" not in record.meta

    def test_failures_of_both_kinds_are_in_one_result(self, site: Site) -> None:
        usage = _usage(site)
        records = [{"item_id": 1}, {"item_id": "x"}, {}, {"item_id": 2}]
        result = usage.bulk_record(records, raise_on_error=False, chunk_size=1)
        assert result.created == 2
        assert [failure.record for failure in result.failed] == records[1:3]

    def test_an_error_of_the_iterable_ends_the_load(self, site: Site) -> None:
        usage = _usage(site)

        def records() -> Iterator[dict[str, Any]]:
            yield from _numbered(range(5))
            msg = "the file ends here"
            raise EOFError(msg)

        with pytest.raises(EOFError, match="the file ends here"):
            usage.bulk_record(records(), chunk_size=2, senders=2, raise_on_error=False)
        usage.refresh()
        assert usage.search().count() == 4

    def test_a_wrong_record_is_told_by_its_place(self, site: Site) -> None:
        usage = _usage(site)
        with pytest.raises(RecordValidationError, match=r"\(record 1234 of the bulk\)") as caught:
            usage.bulk_record(
                itertools.chain(_numbered(range(1_234)), [{"item_id": None}]), chunk_size=500
            )
        assert caught.value.position == 1_234


def _type_and_stranger(site: Site) -> tuple[Any, Any]:
    """Return a type with an index, and the type as it is after it was given a field.

    The index is from before, so it refuses the field.
    """
    usage = _usage(site)
    usage.record(item_id=0, timestamp=_WHEN)
    site.forget_declarations()

    @site.set_up
    class UsageRecord(Body):
        item_id: int
        extra: str | None

        class Meta:
            timedepth = 2

    return usage, UsageRecord
