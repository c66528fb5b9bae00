from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from djelme.field import FieldSpec, Kind
from elasticsearch_metrics.checks import check_djelme
from elasticsearch_metrics.counter.usage import CountedUsage
from elasticsearch_metrics.recordtype.timeseries import utcnow

FAKE_IMP = "djelme_fake_imp"
VIEWS = "DJELME_RECORDED_VIEWS"
COUNTED = {
    "timestamp": FieldSpec("timestamp", Kind.DATETIME, default_factory=utcnow),
    **{name: FieldSpec(name, Kind.KEYWORD) for name in CountedUsage.DOUBLE_CLICK_FIELDS},
    "sessionhour_id": FieldSpec("sessionhour_id", Kind.KEYWORD),
}


def found_ids() -> list[str]:
    return [found.id for found in check_djelme()]


@pytest.mark.parametrize(
    ("settings", "ids"),
    [
        ({"number_of_replicas": 0}, ["djelme.W020"]),
        ({"number_of_replicas": "0"}, ["djelme.W020"]),
        ({"index": {"number_of_replicas": 0}}, ["djelme.W020"]),
        ({"index.number_of_replicas": 0}, ["djelme.W020"]),
        ({"number_of_replicas": 1}, []),
        ({}, []),
    ],
)
def test_no_replicas(make_type: Any, settings: dict[str, Any], ids: list[str]) -> None:
    make_type(index={"settings": settings})
    assert found_ids() == ids
    with override_settings(DEBUG=True):
        assert found_ids() == []


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ({"request_timeout": 60}, ["djelme.W021"]),
        ({"timeout": 10.5}, ["djelme.W021"]),
        ({"request_timeout": 60, "djelme_delivery": "direct"}, ["djelme.W021"]),
        ({"request_timeout": 60, "djelme_delivery": "durable"}, []),
        ({"request_timeout": 10}, []),
        ({"request_timeout": "60"}, []),
    ],
)
def test_long_waits_in_requests(options: dict[str, Any], ids: list[str]) -> None:
    with override_settings(DJELME_BACKENDS={"main": {FAKE_IMP: options}}):
        assert found_ids() == ids


def test_sessions_are_only_checked_where_they_are_counted(make_type: Any) -> None:
    with override_settings(SECRET_KEY="django-insecure-0", DJELME_SESSION_SALT_CACHE="none"):
        make_type()
        assert found_ids() == []
        make_type("Counted", base=CountedUsage, fields=COUNTED)
        assert found_ids() == ["djelme.E020"]


@pytest.mark.parametrize(
    ("settings", "ids"),
    [
        ({}, []),
        ({"DJELME_SESSION_SECRET": "x"}, ["djelme.E020"]),
        ({"DJELME_SESSION_SALT_CACHE": "default"}, ["djelme.W022"]),
        ({"SECRET_KEY": "django-insecure-0"}, ["djelme.W023"]),
        ({"SECRET_KEY": "django-insecure-0", "DJELME_SESSION_SECRET": "x" * 16}, []),
    ],
)
def test_sessions(make_type: Any, settings: dict[str, Any], ids: list[str]) -> None:
    make_type(base=CountedUsage, fields=COUNTED)
    with override_settings(**settings):
        assert found_ids() == ids


@pytest.mark.parametrize(
    ("settings", "ids"),
    [
        ({VIEWS: {"item": ("shop.Usage", {"item_id": "pk"})}}, []),
        ({VIEWS: []}, ["djelme.E021"]),
        ({"DJELME_VIEW_ERRORS": "ignore"}, ["djelme.E021"]),
        ({VIEWS: {"item": ("shop.Nothing", {})}}, ["djelme.E022"]),
        ({VIEWS: {"item": ("Usage", {})}}, ["djelme.E022"]),
        ({VIEWS: {"item": ("shop.Usage", {"item": "pk"})}}, ["djelme.E022"]),
        ({VIEWS: {"item": ("shop.Usage", {"user_id": "pk"})}}, ["djelme.E022"]),
        ({VIEWS: {"item": ("shop.Counted", {"user_id": "pk"})}}, []),
    ],
)
def test_recorded_views(make_type: Any, settings: dict[str, Any], ids: list[str]) -> None:
    make_type()
    make_type("Counted", base=CountedUsage, fields=COUNTED)
    with override_settings(**settings):
        assert found_ids() == ids
