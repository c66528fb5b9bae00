from __future__ import annotations

import contextlib
import datetime
import logging
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction

from djelme.errors import BackendUnreachableError, RecordTypeError, RecordValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def database(request: pytest.FixtureRequest) -> Iterator[None]:
    """Use the database also where pytest-django is installed, which forbids it by default."""
    with contextlib.ExitStack() as stack:
        if request.config.pluginmanager.hasplugin("django"):
            stack.enter_context(request.getfixturevalue("django_db_blocker").unblock())
        yield


@pytest.fixture
def usage(make_type: Any) -> Any:
    recordtype = make_type()
    recordtype.sync_index_template()
    return recordtype


def stored(recordtype: Any) -> int:
    return len(recordtype.get_backend().documents)


def test_a_record_waits_for_the_commit(usage: Any) -> None:
    with transaction.atomic():
        before = datetime.datetime.now(datetime.timezone.utc)
        record = usage.record_on_commit(item_id=7)
        after = datetime.datetime.now(datetime.timezone.utc)
        assert stored(usage) == 0
    assert stored(usage) == 1
    millisecond = datetime.timedelta(milliseconds=1)
    assert before - millisecond <= record.values["timestamp"] <= after
    assert (record.meta.index, record.meta.id) in usage.get_backend().documents


def test_nothing_is_stored_after_a_rollback(usage: Any) -> None:
    def fail() -> None:
        with transaction.atomic():
            usage.record_on_commit(item_id=7)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with transaction.atomic():
        with pytest.raises(LookupError):
            fail()  # of the savepoint only
        usage.record_on_commit(item_id=8)
    assert stored(usage) == 1
    with transaction.atomic():
        usage.record_on_commit(item_id=9)
        transaction.set_rollback(True)
    assert stored(usage) == 1


def test_without_a_transaction_it_is_stored_at_once(usage: Any) -> None:
    usage.record_on_commit(item_id=7)
    assert stored(usage) == 1


def test_a_wrong_value_is_found_at_once(usage: Any, make_type: Any) -> None:
    with transaction.atomic():
        with pytest.raises(RecordValidationError, match="item_id"):
            usage.record_on_commit(item_id="seven")
        with pytest.raises(RecordTypeError, match="abstract"):
            make_type("Base", abstract=True).record_on_commit(item_id=7)
    assert stored(usage) == 0


def test_an_error_at_the_commit_is_raised_or_logged(
    usage: Any, caplog: pytest.LogCaptureFixture
) -> None:
    error = BackendUnreachableError(backend="main", reason="away")
    usage.get_backend().error = error
    with pytest.raises(BackendUnreachableError), transaction.atomic():
        usage.record_on_commit(item_id=7)
    with caplog.at_level(logging.ERROR), transaction.atomic():
        usage.record_on_commit(item_id=7, robust=True)
    assert "away" in caplog.text


def test_another_backend_and_database(usage: Any) -> None:
    with pytest.raises(Exception, match="other"), transaction.atomic():
        usage.record_on_commit(item_id=7, using="other")
    with pytest.raises(Exception, match="elsewhere"):
        usage.record_on_commit(item_id=7, database="elsewhere")
