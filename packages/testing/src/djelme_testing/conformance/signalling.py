"""Signals: who sends them, when, and with what."""

from __future__ import annotations

import datetime
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from djelme.errors import IndexTemplateNotFoundError, RecordValidationError
from djelme_testing.conformance.site import Body
from elasticsearch_metrics import signals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.dispatch import Signal

    from djelme_testing.conformance.site import Site

__all__ = ("SignalTests",)

_WHEN = datetime.datetime(2026, 2, 4, tzinfo=datetime.timezone.utc)


@contextmanager
def _connected(signal: Signal, receiver: Callable[..., None], sender: Any = None) -> Iterator[None]:
    signal.connect(receiver, sender=sender)
    try:
        yield
    finally:
        signal.disconnect(receiver, sender=sender)


@contextmanager
def _heard(sender: Any) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Give a list of the signals of one sender within the block: their names and arguments."""
    heard: list[tuple[str, dict[str, Any]]] = []

    def listener(name: str) -> Callable[..., None]:
        def listen(**arguments: Any) -> None:
            del arguments["signal"]
            heard.append((name, arguments))

        return listen

    with ExitStack() as connections:
        for name in signals.__all__:
            connections.enter_context(_connected(getattr(signals, name), listener(name), sender))
        yield heard


def _usage(site: Site) -> Any:
    @site.set_up
    class UsageRecord(Body):
        item_id: int

    return UsageRecord


class SignalTests:
    """The signals around templates and records."""

    def test_templates_are_announced_when_they_are_put(self, site: Site) -> None:
        @site.declare
        class UsageRecord(Body):
            item_id: int

        with _heard(UsageRecord) as heard:
            UsageRecord.sync_index_template()
            UsageRecord.sync_index_template()
        assert [name for name, _ in heard] == [
            "pre_index_template_create",
            "post_index_template_create",
        ]
        for _, arguments in heard:
            assert arguments.keys() == {"sender", "index_template", "using"}
            assert arguments["sender"] is UsageRecord
            assert arguments["using"] == "main"
            told = arguments["index_template"].to_dict()
            assert told == UsageRecord.get_timeseries_template().to_dict()

    @pytest.mark.parametrize("way", ["record", "save"])
    def test_a_record_is_announced_before_and_after(self, site: Site, way: str) -> None:
        usage = _usage(site)
        with _heard(usage) as heard:
            record = usage(item_id=1, timestamp=_WHEN)
            if way == "save":
                record.save()
            else:
                record = usage.record(item_id=1, timestamp=_WHEN)
        common = {"sender": usage, "instance": record, "using": "main"}
        assert heard == [
            ("pre_save", {**common, "index": None}),
            ("post_save", {**common, "index": site.name("myapp_usagerecord_2026.02.04")}),
        ]
        assert heard[1][1]["instance"].meta.id == record.meta.id

    def test_the_index_that_was_asked_for_is_told(self, site: Site) -> None:
        usage = _usage(site)
        index = site.name("myapp_usagerecord_2026.2.4.")
        with _heard(usage) as heard:
            usage(item_id=1, timestamp=_WHEN).save(index=index)
        assert [arguments["index"] for _, arguments in heard] == [index, index]

    def test_a_receiver_can_change_a_record_before_it_is_checked(self, site: Site) -> None:
        usage = _usage(site)

        def double(instance: Any, **_: Any) -> None:
            instance.item_id *= 2

        with _connected(signals.pre_save, double, usage):
            record = usage.record(item_id=21, timestamp=_WHEN)
            usage.bulk_record([{"item_id": 21, "timestamp": _WHEN}])
        assert usage.get(record.meta.id, index=record.meta.index).item_id == 42
        usage.refresh()
        assert [hit.item_id for hit in usage.search()] == [42, 42]

        def spoil(instance: Any, **_: Any) -> None:
            instance.item_id = "spoilt"

        with _connected(signals.pre_save, spoil, usage), pytest.raises(RecordValidationError):
            usage.record(item_id=21)

    def test_what_is_not_stored_is_not_announced_as_stored(self, site: Site) -> None:
        @site.declare
        class UsageRecord(Body):
            item_id: int

        with _heard(UsageRecord) as heard:
            with pytest.raises(IndexTemplateNotFoundError):
                UsageRecord.record(item_id=1)
            with pytest.raises(IndexTemplateNotFoundError):
                UsageRecord.bulk_record([{"item_id": 1}])
        assert {name for name, _ in heard} == {"pre_save"}

    def test_a_bulk_announces_each_record_to_receivers(self, site: Site) -> None:
        usage = _usage(site)
        instance = usage(item_id=3, timestamp=_WHEN)
        with _heard(usage) as heard:
            usage.bulk_record(
                [{"item_id": 1, "timestamp": _WHEN}, {"item_id": 2, "timestamp": _WHEN}, instance]
            )
        before = [arguments["instance"] for name, arguments in heard if name == "pre_save"]
        after = [arguments for name, arguments in heard if name == "post_save"]
        assert [record.item_id for record in before] == [1, 2, 3]
        assert [arguments["instance"] for arguments in after] == before
        assert before[2] is instance
        assert {arguments["index"] for arguments in after} == set(site.index_names())
        for record in before:
            assert usage.get(record.meta.id, index=record.meta.index).item_id == record.item_id

    def test_a_bulk_without_receivers_makes_no_instances(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        usage = _usage(site)

        @site.set_up
        class Other(Body):
            pass

        made = []
        really = usage.from_values

        def from_values(values: Any) -> Any:
            made.append(values["item_id"])
            return really(values)

        monkeypatch.setattr(usage, "from_values", from_values)
        with _heard(Other):
            usage.bulk_record({"item_id": number} for number in range(3))
        assert made == []
        with _heard(usage):
            usage.bulk_record({"item_id": number} for number in range(3))
        assert made == [0, 1, 2]

    def test_receivers_of_all_types_hear_each(self, site: Site) -> None:
        usage = _usage(site)
        senders = []

        def listen(sender: Any, **_: Any) -> None:
            senders.append(sender)

        with _connected(signals.post_save, listen):
            usage.record(item_id=1)
            usage.bulk_record([{"item_id": 1}])
        assert senders == [usage, usage]
