"""Nothing is stored before a type is set up, and setting up does what the class says."""

from __future__ import annotations

import datetime
import logging
from typing import TYPE_CHECKING, Any

import pytest

from djelme.errors import (
    BackendRefusedError,
    DjelmeSetupError,
    IndexTemplateNotFoundError,
    IndexTemplateOutOfSyncError,
    RecordValidationError,
)
from djelme.operation import Operation
from djelme_testing.conformance.capability import Capability, needs
from djelme_testing.conformance.site import Body
from elasticsearch_metrics.index.setup_guard import CHECK_INTERVAL, autosetup_at_start

if TYPE_CHECKING:
    from collections.abc import Callable

    from djelme_testing.conformance.site import Site

__all__ = ("SettingUpTests",)

_WHEN = datetime.datetime(2026, 2, 4, tzinfo=datetime.timezone.utc)
_OTHER_DAY = datetime.datetime(2026, 2, 5, tzinfo=datetime.timezone.utc)
_NAMES_COMMAND = "does not exist in backend 'main'; create it with: .*djelme_backend_setup"


def _as_types(*recordtypes: Any) -> list[Any]:
    return list(recordtypes)


class SettingUpTests:
    """Templates: missing, made, deleted, and what they are good for."""

    def test_nothing_is_stored_before_setup(self, site: Site) -> None:
        @site.declare
        class UsageRecord(Body):
            item_id: int

        for store in (
            lambda: UsageRecord.record(item_id=1),
            lambda: UsageRecord(item_id=1).save(),
            lambda: UsageRecord.bulk_record([{"item_id": 1}]),
            lambda: UsageRecord.bulk_record([{"item_id": 1}], raise_on_error=False),
            lambda: UsageRecord.bulk_record([UsageRecord(item_id=1)]),
            UsageRecord.check_djelme_setup,
        ):
            with pytest.raises(IndexTemplateNotFoundError, match=_NAMES_COMMAND) as caught:
                store()
            assert caught.value.recordtype == "myapp.UsageRecord"
            assert caught.value.template_name == site.name("myapp_usagerecord")
        assert site.index_names() == []
        assert list(UsageRecord.search()) == []

    def test_a_wrong_value_is_told_before_a_missing_template(self, site: Site) -> None:
        @site.declare
        class UsageRecord(Body):
            item_id: int

        with pytest.raises(RecordValidationError):
            UsageRecord.record(item_id="one")

    def test_nothing_is_stored_while_the_template_differs(self, site: Site) -> None:
        @site.set_up
        class UsageRecord(Body):
            item_id: int

        template = UsageRecord.get_timeseries_template().to_dict()

        @site.declare
        class Changed(Body):
            item_id: int
            path: str

            class Meta:
                template_name = "myapp_changed"

        site.backend.put_template(
            site.name("myapp_changed"),
            {**template, "index_patterns": [site.name("myapp_changed_*")]},
        )
        with pytest.raises(IndexTemplateOutOfSyncError, match="path"):
            Changed.record(item_id=1, path="/")
        assert site.index_names() == []
        assert Changed.sync_index_template() is True
        Changed.record(item_id=1, path="/")

    def test_an_index_that_no_template_makes_is_never_made(self, site: Site) -> None:
        @site.set_up
        class UsageRecord(Body):
            item_id: int

            class Meta:
                template_name = "usage"
                template = "usage_20*"

        outside = datetime.datetime(1999, 12, 31, tzinfo=datetime.timezone.utc)
        ways: tuple[Callable[[], Any], ...] = (
            lambda: UsageRecord.record(item_id=1, timestamp=outside),
            lambda: UsageRecord.bulk_record([{"item_id": 1, "timestamp": outside}]),
            lambda: UsageRecord(item_id=1).save(index=site.name("elsewhere")),
        )
        for store in ways:
            with pytest.raises(DjelmeSetupError, match="usage_20") as caught:
                store()
            assert caught.value.recordtype == "myapp.UsageRecord"
        assert site.index_names() == []
        UsageRecord.record(item_id=1, timestamp=_WHEN)

    def test_setting_up_twice_changes_nothing(self, site: Site) -> None:
        @site.declare
        class UsageRecord(Body):
            item_id: int

        assert UsageRecord.sync_index_template() is True
        assert UsageRecord.sync_index_template() is False
        UsageRecord.check_djelme_setup()

    def test_a_template_that_was_deleted_is_noticed_at_a_new_index(self, site: Site) -> None:
        @site.set_up
        class UsageRecord(Body):
            item_id: int

        record = UsageRecord.record(item_id=1, timestamp=_WHEN)
        site.backend.delete_template(UsageRecord.get_timeseries_template_name())
        with pytest.raises(IndexTemplateNotFoundError, match=_NAMES_COMMAND):
            UsageRecord.record(item_id=1, timestamp=_OTHER_DAY)
        with pytest.raises(IndexTemplateNotFoundError, match=_NAMES_COMMAND):
            UsageRecord.bulk_record(
                {"item_id": 1, "timestamp": when} for when in (_WHEN, _OTHER_DAY)
            )
        assert site.index_names() == [record.meta.index]

    def test_a_template_that_was_deleted_is_noticed_after_a_while(self, site: Site) -> None:
        @site.set_up
        class UsageRecord(Body):
            item_id: int

        UsageRecord.record(item_id=1, timestamp=_WHEN)
        site.backend.delete_template(UsageRecord.get_timeseries_template_name())
        with site.later(CHECK_INTERVAL):
            with pytest.raises(IndexTemplateNotFoundError, match=_NAMES_COMMAND):
                UsageRecord.record(item_id=2, timestamp=_WHEN)
            UsageRecord.sync_index_template()
            UsageRecord.record(item_id=2, timestamp=_WHEN)

    def test_existing_indexes_stay_as_they_are(self, site: Site) -> None:
        @site.set_up
        class UsageRecord(Body):
            item_id: int

        record = UsageRecord.record(item_id=1, timestamp=_WHEN)
        site.backend.delete_template(UsageRecord.get_timeseries_template_name())
        UsageRecord.sync_index_template()
        assert UsageRecord.get(record.meta.id, index=record.meta.index).item_id == 1

    @needs(Capability.STRICT)
    def test_indexes_refuse_fields_that_the_type_does_not_have(self, site: Site) -> None:
        @site.set_up
        class UsageRecord(Body):
            item_id: int

        index = UsageRecord.record(item_id=1, timestamp=_WHEN).meta.index
        with pytest.raises(BackendRefusedError, match="strict") as caught:
            site.backend.store(Operation(index, "an-id", b'{"item_id":1,"path":"/"}'))
        assert caught.value.status == 400
        (outcome,) = site.backend.store_many([Operation(index, "an-id", b'{"path":"/"}')])
        assert outcome.status == 400
        assert "strict" in (outcome.reason or "")

    @needs(Capability.STRICT)
    def test_a_dynamic_type_takes_other_fields(self, site: Site) -> None:
        @site.set_up
        class UsageRecord(Body):
            item_id: int

            class Meta:
                dynamic = "true"

        index = UsageRecord.record(item_id=1, timestamp=_WHEN).meta.index
        site.backend.store(Operation(index, "an-id", b'{"item_id":1,"path":"/"}'))
        assert UsageRecord.get("an-id", index=index).item_id == 1

    # DJELME_AUTOSETUP.

    def test_autosetup_makes_what_is_missing_at_start(self, site: Site) -> None:
        @site.declare
        class UsageRecord(Body):
            item_id: int

        autosetup_at_start(_as_types(UsageRecord))
        UsageRecord.check_djelme_setup()

    def test_autosetup_makes_what_is_missing_at_first_use(self, site: Site) -> None:
        @site.declare
        class UsageRecord(Body):
            item_id: int

        @site.declare
        class Loaded(Body):
            item_id: int

        with site.configured({"main": site.options}, DJELME_AUTOSETUP=True):
            UsageRecord.record(item_id=1)
            Loaded.bulk_record([{"item_id": 1}])
        UsageRecord.check_djelme_setup()
        Loaded.check_djelme_setup()

    def test_autosetup_leaves_a_template_that_differs(self, site: Site) -> None:
        @site.set_up
        class UsageRecord(Body):
            item_id: int

        name = UsageRecord.get_timeseries_template_name()
        template: Any = UsageRecord.get_timeseries_template().to_dict()
        site.backend.put_template(name, {**template, "index_patterns": [f"{name}_2*"]})
        with (
            site.configured({"main": site.options}, DJELME_AUTOSETUP=True),
            pytest.raises(IndexTemplateOutOfSyncError, match="index_patterns"),
        ):
            UsageRecord.record(item_id=1)

    def test_autosetup_lets_a_site_start_without_its_cluster(
        self, site: Site, unreachable_options: dict[str, Any], caplog: pytest.LogCaptureFixture
    ) -> None:
        @site.declare
        class UsageRecord(Body):
            item_id: int

        with (
            site.configured({"main": unreachable_options}, DJELME_AUTOSETUP=True),
            caplog.at_level(logging.ERROR),
        ):
            autosetup_at_start(_as_types(UsageRecord))
        assert "myapp.UsageRecord" in caplog.text
        assert "'main' is unreachable" in caplog.text
        with site.configured({"main": site.options}, DJELME_AUTOSETUP=True):
            UsageRecord.record(item_id=1)
