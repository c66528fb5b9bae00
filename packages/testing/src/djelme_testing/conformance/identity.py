"""Ids: no record is doubled, and those that belong together replace each other."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest

from djelme.delivery.retry import Backoff, RetryPolicy
from djelme.errors import BackendUnreachableError
from djelme_testing.conformance.site import Body
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from djelme_testing.conformance.site import Site

__all__ = ("IdentityTests",)

#: How often a bulk sends a request by itself.
_BULK_ATTEMPTS = RetryPolicy().attempts or 0
_WHEN = datetime.datetime(2026, 2, 4, tzinfo=datetime.timezone.utc)


def _usage(site: Site) -> Any:
    @site.set_up
    class UsageRecord(Body):
        item_id: int

        class Meta:
            timedepth = 1

    return UsageRecord


def _daily(site: Site) -> Any:
    @site.set_up
    class DailyUsage(Body):
        item_id: int
        day: datetime.date
        views: int

        class Meta:
            timedepth = 1

        UNIQUE_TOGETHER_FIELDS = ("item_id", "day")

    return DailyUsage


class IdentityTests:
    """What an id does for a record."""

    @pytest.fixture
    def lose_answer(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
        """Let answers of the real cluster get lost on their way back; nobody waits to try again."""
        monkeypatch.setattr(Backoff, "delay", lambda *_: 0.0)

        def lose(method: str, times: int = 1) -> None:
            kind: Any = type(site.backend)
            really = getattr(kind, method)
            left = times

            def store(backend: Any, operations: Any) -> Any:
                nonlocal left
                outcome = really(backend, operations)
                if left:
                    left -= 1
                    raise BackendUnreachableError(backend=backend.name, reason="the answer is lost")
                return outcome

            monkeypatch.setattr(kind, method, store)
            djelme_registry.reset()  # so that nothing has taken the method from before

        return lose

    def test_each_record_has_an_id_of_its_own(self, site: Site) -> None:
        usage = _usage(site)
        records = [usage.record(item_id=1, timestamp=_WHEN) for _ in range(3)]
        usage.bulk_record([{"item_id": 1, "timestamp": _WHEN}] * 3)
        usage.refresh()
        assert len({hit.meta.id for hit in usage.search()}) == 6
        assert {record.meta.id for record in records} < {hit.meta.id for hit in usage.search()}

    def test_a_save_that_is_repeated_after_a_lost_answer_stores_once(
        self, site: Site, lose_answer: Callable[..., None]
    ) -> None:
        usage = _usage(site)
        record = usage(item_id=1, timestamp=_WHEN)
        lose_answer("store")
        with pytest.raises(BackendUnreachableError):
            record.save()
        record.save()
        usage.refresh()
        assert [hit.meta.id for hit in usage.search()] == [record.meta.id]

    def test_a_bulk_that_is_repeated_after_a_lost_answer_stores_once(
        self, site: Site, lose_answer: Callable[..., None]
    ) -> None:
        usage = _usage(site)
        records = [usage(item_id=number, timestamp=_WHEN) for number in range(10)]
        lose_answer("store_many", times=_BULK_ATTEMPTS)
        with pytest.raises(BackendUnreachableError):
            usage.bulk_record(records)
        result = usage.bulk_record(records)
        assert (result.created, result.existing, result.failed) == (0, 10, [])
        usage.refresh()
        assert usage.search().count() == 10

    def test_a_bulk_repeats_what_got_lost_by_itself(
        self, site: Site, lose_answer: Callable[..., None]
    ) -> None:
        usage = _usage(site)
        lose_answer("store_many")
        result = usage.bulk_record({"item_id": number} for number in range(10))
        # They were stored by the request whose answer got lost, and none was there before.
        assert (result.created, result.existing, result.failed) == (10, 0, [])
        assert result.repeated == 10
        usage.refresh()
        assert usage.search().count() == 10

    def test_saving_again_replaces(self, site: Site) -> None:
        usage = _usage(site)
        record = usage(item_id=1, timestamp=_WHEN)
        assert record.save() == "created"
        record.item_id = 2
        assert record.save() == "updated"
        usage.refresh()
        assert [hit.item_id for hit in usage.search()] == [2]

    def test_what_was_found_can_be_changed_and_saved(self, site: Site) -> None:
        usage = _usage(site)
        usage.record(item_id=1, timestamp=_WHEN)
        usage.refresh()
        (hit,) = usage.search()
        hit.item_id = 2
        assert hit.save() == "updated"
        result = usage.bulk_record([hit])
        assert (result.created, result.existing) == (0, 1)
        usage.refresh()
        assert [found.item_id for found in usage.search()] == [2]

    def test_records_that_are_unique_together_replace_each_other(self, site: Site) -> None:
        daily = _daily(site)
        day = _WHEN.date()
        first = daily.record(item_id=1, day=day, views=5, timestamp=_WHEN)
        again = daily.record(item_id=1, day=day, views=6, timestamp=_WHEN)
        other = daily.record(item_id=2, day=day, views=1, timestamp=_WHEN)
        assert first.meta.id == again.meta.id != other.meta.id
        result = daily.bulk_record(
            {"item_id": item_id, "day": day, "views": 7, "timestamp": _WHEN}
            for item_id in (2, 3, 3)
        )
        assert (result.created, result.existing) == (1, 2)
        daily.refresh()
        found = {hit.item_id: hit.views for hit in daily.search()}
        assert found == {1: 6, 2: 7, 3: 7}
        assert daily.search().count() == 3

    def test_what_makes_records_unique_is_compared_as_stored(self, site: Site) -> None:
        @site.set_up
        class Moments(Body):
            seen: datetime.datetime

            class Meta:
                timedepth = 1

            UNIQUE_TOGETHER_FIELDS = ("seen",)

        ahead = datetime.timezone(datetime.timedelta(hours=5))
        one = Moments.record(seen=_WHEN, timestamp=_WHEN)
        other = Moments.record(seen=_WHEN.astimezone(ahead), timestamp=_WHEN)
        assert one.meta.id == other.meta.id

    def test_two_types_never_share_derived_ids(self, site: Site) -> None:
        daily = _daily(site)

        @site.set_up
        class OtherUsage(Body):
            item_id: int
            day: datetime.date

            UNIQUE_TOGETHER_FIELDS = ("item_id", "day")

        fields: dict[str, Any] = {"item_id": 1, "day": _WHEN.date(), "timestamp": _WHEN}
        assert daily.record(views=1, **fields).meta.id != OtherUsage.record(**fields).meta.id
