from __future__ import annotations

import datetime
import pickle
import traceback
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from django.test import override_settings

from djelme.errors import (
    BackendUnreachableError,
    BulkError,
    RecordTypeError,
    RecordValidationError,
    RobotRefusedError,
)
from djelme.field import FieldSpec, Kind
from elasticsearch_metrics.counter import usage
from elasticsearch_metrics.counter.usage import CountedUsage
from elasticsearch_metrics.recordtype.timeseries import utcnow
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from djelme.operation import Operation

WHEN = datetime.datetime(2026, 11, 23, 10, 1, tzinfo=datetime.timezone.utc)
SPECS = [
    FieldSpec("timestamp", Kind.DATETIME, default_factory=utcnow),
    FieldSpec("platform_iri", Kind.KEYWORD, default=""),
    FieldSpec("database_iri", Kind.KEYWORD, default=""),
    FieldSpec("item_iri", Kind.KEYWORD, default=""),
    FieldSpec("sessionhour_id", Kind.KEYWORD),
    FieldSpec("within_iris", Kind.KEYWORD, multi=True),
    FieldSpec("is_robot", Kind.BOOLEAN, optional=True),
]
FIELDS = {spec.name: spec for spec in SPECS}
IDENTITY = {
    "user_id": "alice@example.org",
    "client_session_id": "cookie-3b1f",
    "request_host": "192.0.2.77",
    "request_useragent": "SecretBrowser/9",
}


@pytest.fixture(autouse=True)
def secret() -> Iterator[None]:
    with override_settings(DJELME_SESSION_SECRET="the secret of the tests"):
        yield


@pytest.fixture
def make_counted(make_type: Any) -> Any:
    def make(**attributes: Any) -> Any:
        return make_type(base=CountedUsage, fields=FIELDS, attributes=attributes)

    return make


def operation_of(recordtype: Any, **values: Any) -> Operation:
    placement = djelme_registry.placement(recordtype)
    completed = recordtype.completed({"timestamp": WHEN, **values})
    operation: Operation = recordtype.completed_operation(completed, placement)
    return operation


def assert_nobody_in(*texts: object) -> None:
    for text in texts:
        assert not [value for value in IDENTITY.values() if value in str(text)], text


def test_what_is_sent_has_a_session_and_nothing_of_who_it_was(make_counted: Any) -> None:
    operation = operation_of(make_counted(), item_iri="urn:item", **IDENTITY)
    assert b'"sessionhour_id":"' in operation.source
    assert_nobody_in(operation.lines.decode())
    assert b"user_id" not in operation.source


@pytest.mark.parametrize("name", usage.IDENTITY_NAMES)
@pytest.mark.parametrize("value", ["x", 7, uuid.UUID(int=7)])
def test_one_part_of_an_identity_is_enough(make_counted: Any, name: str, value: object) -> None:
    recordtype = make_counted()
    values = recordtype.without_identity({name: value, "timestamp": WHEN})
    assert values == {"timestamp": WHEN, "sessionhour_id": values["sessionhour_id"]}
    assert values == recordtype.without_identity({name: str(value), "timestamp": WHEN})


def test_the_hour_is_that_of_the_record(make_counted: Any) -> None:
    recordtype = make_counted()

    def session(when: datetime.datetime) -> Any:
        return recordtype.without_identity({"user_id": "x", "timestamp": when})["sessionhour_id"]

    east = datetime.timezone(datetime.timedelta(hours=9))
    assert session(WHEN) == session(WHEN.astimezone(east)) == session(WHEN.replace(tzinfo=None))
    assert session(WHEN) != session(WHEN + datetime.timedelta(hours=1))
    assert "timestamp" in recordtype.without_identity({"user_id": "x"})


def test_a_known_session_is_kept(make_counted: Any) -> None:
    values = make_counted().without_identity({"sessionhour_id": "old", **IDENTITY})
    assert values["sessionhour_id"] == "old"
    assert_nobody_in(values)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"user_id": ""},
        {"user_id": None, "request_host": ""},
        {"user_id": [IDENTITY["user_id"]]},
        {"user_id": IDENTITY["user_id"].encode()},
        {"user_id": True},
    ],
)
def test_too_little_to_tell_a_session(make_counted: Any, values: dict[str, Any]) -> None:
    with pytest.raises(RecordValidationError, match="sessionhour_id, user_id") as caught:
        operation_of(make_counted(), **values)
    assert caught.value.field == "sessionhour_id"
    assert_nobody_in(repr(caught.value), caught.value.__dict__)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"userid": IDENTITY["user_id"]}, "userid"),
        ({"request_user_agent": IDENTITY["request_useragent"]}, "request_user_agent"),
        ({"item_iri": 3, **IDENTITY}, "item_iri"),
        ({"timestamp": "noon", **IDENTITY}, "timestamp"),
        ({"sessionhour_id": [IDENTITY["user_id"]]}, "sessionhour_id"),
    ],
)
def test_no_error_tells_who_it_was(make_counted: Any, wrong: dict[str, Any], field: str) -> None:
    recordtype = make_counted()
    for action in (recordtype.record, recordtype.record_on_commit):
        with pytest.raises(RecordValidationError) as caught:
            action(**wrong)
        assert caught.value.field == field
        stack = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        own = [frame for frame in stack.stack if "elasticsearch_metrics" in frame.filename]
        assert own
        assert_nobody_in(caught.value, pickle.dumps(caught.value), [frame.locals for frame in own])


def test_no_error_of_a_backend_tells_who_it_was(make_counted: Any) -> None:
    recordtype = make_counted()
    recordtype.get_backend().error = BackendUnreachableError(backend="main", reason="away")
    with pytest.raises(BackendUnreachableError) as caught:
        recordtype.record(item_iri="urn:item", **IDENTITY)
    stack = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    own = [frame.locals for frame in stack.stack if "/tests/" not in frame.filename]
    assert own
    assert_nobody_in(own)


def test_no_failure_of_a_bulk_tells_who_it_was(make_counted: Any) -> None:
    recordtype = make_counted()
    recordtype.sync_index_template()
    records = [{"item_iri": 3, **IDENTITY}, {"userid": IDENTITY["user_id"]}, {"user_id": b"x"}]
    result = recordtype.bulk_record(records, raise_on_error=False)
    assert len(result.failed) == 3
    error = BulkError(recordtype="Usage", result=result)
    assert_nobody_in(result, pickle.dumps(error))
    with pytest.raises(RecordTypeError) as caught:
        recordtype.bulk_record([IDENTITY["user_id"]])
    assert_nobody_in(caught.value)


def test_identity_is_nothing_to_set(make_counted: Any) -> None:
    recordtype = make_counted()
    record = recordtype({"timestamp": WHEN})
    for name, value in IDENTITY.items():
        with pytest.raises(RecordTypeError, match=name) as caught:
            setattr(record, name, value)
        assert_nobody_in(caught.value)


@pytest.mark.parametrize("name", usage.IDENTITY_NAMES)
def test_no_field_may_keep_identity(make_type: Any, name: str) -> None:
    fields = {**FIELDS, name: FieldSpec(name, Kind.KEYWORD)}
    with pytest.raises(RecordTypeError, match=name):
        make_type(base=CountedUsage, fields=fields)


@pytest.mark.parametrize(
    ("attributes", "named"),
    [
        ({"DOUBLE_CLICK_FIELDS": ("item",)}, "'item'"),
        ({"DOUBLE_CLICK_FIELDS": ("within_iris",)}, "'within_iris'"),
        ({"DOUBLE_CLICK_FIELDS": "item_iri"}, "tuple of names"),
        ({"DOUBLE_CLICK_FIELDS": ("item_iri", 3)}, "tuple of names"),
        ({"DOUBLE_CLICK_FIELDS": ("item_iri", "timestamp")}, "'timestamp'"),
        ({"ROBOTS": "shoot"}, "'shoot'"),
        ({"UNIQUE_TOGETHER_FIELDS": ("item",)}, "'item'"),
    ],
)
def test_wrong_declarations(make_counted: Any, attributes: dict[str, Any], named: str) -> None:
    with pytest.raises(RecordTypeError, match=named):
        make_counted(**attributes)


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.ANY])
def test_double_clicks_need_values_that_can_be_compared(make_type: Any, kind: Kind) -> None:
    fields = {**FIELDS, "place": FieldSpec("place", kind, optional=True)}
    with pytest.raises(RecordTypeError, match=f"'place', a field of type {kind.value}"):
        make_type(base=CountedUsage, fields=fields, attributes={"DOUBLE_CLICK_FIELDS": ("place",)})


def test_double_clicks_need_what_was_stored(make_counted: Any) -> None:
    missing = classmethod(lambda cls: frozenset({"item_iri"}))
    with pytest.raises(RecordTypeError, match="_source doesn't keep 'item_iri'"):
        make_counted(fields_without_source=missing)
    make_counted(fields_without_source=missing, DOUBLE_CLICK_FIELDS=())


def test_robots_need_their_package(make_counted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "robots_are_known", lambda: False)
    with pytest.raises(RecordTypeError, match=r"django-elasticsearch-metrics\[counter\]"):
        make_counted(ROBOTS="mark")
    make_counted(ROBOTS="keep")


class TestRobots:
    @pytest.fixture(autouse=True)
    def lists(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(usage, "robots_are_known", lambda: True)
        monkeypatch.setattr(usage, "is_robot", lambda useragent: "bot" in useragent)

    def test_they_are_not_looked_for(self, make_counted: Any) -> None:
        operation = operation_of(make_counted(), user_id="x", request_useragent="A bot")
        assert b"is_robot" not in operation.source

    @pytest.mark.parametrize(("useragent", "mark"), [("A bot", b"true"), ("Fox", b"false")])
    def test_they_are_marked(self, make_counted: Any, useragent: str, mark: bytes) -> None:
        recordtype = make_counted(ROBOTS="mark")
        operation = operation_of(recordtype, user_id="x", request_useragent=useragent)
        assert b'"is_robot":' + mark in operation.source
        without = operation_of(recordtype, user_id="x")
        assert b"is_robot" not in without.source
        nameless = operation_of(recordtype, user_id="x", request_useragent="")
        assert b'"is_robot":false' in nameless.source
        known = operation_of(recordtype, sessionhour_id="s", request_useragent=useragent)
        assert b'"is_robot":' + mark in known.source

    def test_they_are_refused(self, make_counted: Any) -> None:
        recordtype = make_counted(ROBOTS="refuse")
        recordtype.sync_index_template()
        recordtype.record(user_id="x", request_useragent="Fox")
        with pytest.raises(RobotRefusedError) as caught:
            recordtype.record(user_id="x", request_useragent="A bot from 192.0.2.77")
        assert_nobody_in(caught.value)
        result = recordtype.bulk_record(
            [{"user_id": "x", "request_useragent": agent} for agent in ("A bot", "Fox")],
            raise_on_error=False,
        )
        assert (result.stored, len(result.failed)) == (1, 1)


class TestClicks:
    def test_clicks_within_a_window_share_an_id(self, make_counted: Any) -> None:
        recordtype = make_counted()

        def id_at(seconds: float, **more: Any) -> str:
            when = WHEN + datetime.timedelta(seconds=seconds)
            values = {"item_iri": "urn:a", "sessionhour_id": "s", **more}
            return operation_of(recordtype, **{**values, "timestamp": when}).id

        assert id_at(0) == id_at(29.999) != id_at(30)
        assert id_at(0, item_iri="urn:b") != id_at(0)
        assert id_at(0, platform_iri="urn:p") != id_at(0)
        assert id_at(0, sessionhour_id="t") != id_at(0)
        assert id_at(0, within_iris=["urn:j"]) == id_at(0)

    def test_each_click_of_a_bulk_has_an_id_of_its_own(self, make_counted: Any) -> None:
        """Else one that links others in a series would be replaced before anybody looked."""
        recordtype = make_counted()
        bulk = djelme_registry.placement(recordtype).for_bulk()

        def operation_at(seconds: float) -> Operation:
            when = WHEN + datetime.timedelta(seconds=seconds)
            values = {"item_iri": "urn:a", "sessionhour_id": "s", "timestamp": when}
            operation: Operation = recordtype.completed_operation(values, bulk)
            assert recordtype(values).get_operation(bulk) == operation
            return operation

        assert operation_at(0) == operation_at(0)
        assert operation_at(0).id != operation_at(0.001).id

    @pytest.mark.parametrize("delivery", ["buffered", "durable"])
    def test_so_has_each_that_is_delivered_later(
        self, make_counted: Any, delivery: str, tmp_path: Path
    ) -> None:
        options = {"djelme_delivery": delivery, "djelme_spool_dir": str(tmp_path)}
        with override_settings(DJELME_BACKENDS={"main": {"djelme_fake_imp": options}}):
            recordtype = make_counted()
            values = {"item_iri": "urn:a", "sessionhour_id": "s"}
            later = WHEN + datetime.timedelta(milliseconds=1)
            first, again, other = (
                operation_of(recordtype, **values, timestamp=when) for when in (WHEN, WHEN, later)
            )
        assert first == again
        assert first.id != other.id

    def test_a_click_replaces_what_is_there(self, make_counted: Any) -> None:
        values = {"sessionhour_id": "s"}
        assert not operation_of(make_counted(), item_iri="urn:a", **values).create

    @pytest.mark.parametrize(
        ("attributes", "values"),
        [({}, {}), ({}, {"item_iri": ""}), ({"DOUBLE_CLICK_FIELDS": ()}, {"item_iri": "urn:a"})],
    )
    def test_what_is_no_click_stays(
        self, make_counted: Any, attributes: dict[str, Any], values: dict[str, Any]
    ) -> None:
        recordtype = make_counted(**attributes)
        one, other = (operation_of(recordtype, sessionhour_id="s", **values) for _ in range(2))
        assert one.id != other.id
        assert one.create

    def test_more_fields_tell_more_actions_apart(self, make_type: Any) -> None:
        fields = {**FIELDS, "action": FieldSpec("action", Kind.KEYWORD)}
        attributes = {"DOUBLE_CLICK_FIELDS": ("item_iri", "action")}
        recordtype = make_type(base=CountedUsage, fields=fields, attributes=attributes)
        ids = {
            operation_of(recordtype, sessionhour_id="s", item_iri="urn:a", action=action).id
            for action in ("view", "download")
        }
        assert len(ids) == 2
