from __future__ import annotations

import copy
import inspect
import pickle

import pytest

import djelme
from djelme import errors
from djelme.bulk import BulkFailure, BulkResult
from djelme.difference import Difference

_TEMPLATE = {"recordtype": "myapp.View", "template_name": "myapp_view", "backend": "main"}
_SPOOL = {"backend": "main", "directory": "/var/spool/djelme", "reason": "no space left"}
_VALUE = {
    "recordtype": "myapp.View",
    "field": "item_id",
    "expected": "an int",
    "found": "str 'a'",
    "position": 3,
}
#: One error of each class.
_EXAMPLES: list[errors.DjelmeError] = [
    errors.DjelmeError("something"),
    errors.ConfigurationError("DJELME_BACKENDS should be a dict"),
    errors.BackendNotFoundError("there is no backend 'nope'"),
    errors.RecordTypeError("can't be", recordtype="View"),
    errors.RecordTypeConflictError("can't be two", recordtype="View"),
    errors.RecordValidationError(**_VALUE),
    errors.RobotRefusedError(**_VALUE),
    errors.RecordNotFoundError(recordtype="myapp.View", id="an-id"),
    errors.DjelmeSetupError("is missing", **_TEMPLATE),
    errors.IndexTemplateNotFoundError(**_TEMPLATE),
    errors.IndexTemplateOverriddenError(
        recordtype="myapp.UsageRecord",
        template_name="myapp_usagerecord",
        backend="es8",
        differences=[Difference("mappings.dynamic", "strict", "true")],
        index="myapp_usagerecord_2026",
        templates=["ops"],
    ),
    errors.IndexTemplateOutOfSyncError(
        differences=[Difference("settings.number_of_shards", "2", "1")], **_TEMPLATE
    ),
    errors.BackendError("can't", backend="main", reason="it can't"),
    errors.BackendUnreachableError(backend="main", reason="ConnectionError: refused"),
    errors.BackendVersionError(
        backend="main", product="Elasticsearch", versions=("9", "10"), found="8.19.3"
    ),
    errors.BackendVersionError(
        backend="main",
        product="Elasticsearch",
        versions=("9", "10"),
        found="2.19.6",
        found_product="OpenSearch",
    ),
    errors.IncompleteAnswerError(
        backend="main", indexes=["usage_2026"], reason="1 of 5 shards gave no answer"
    ),
    errors.BackendRefusedError(backend="main", status=400, reason="mapping"),
    errors.UnsupportedFeatureError(
        recordtype="myapp.View",
        fields=["path"],
        feature="field type 'version'",
        backend="main",
        status=400,
        reason="no handler",
    ),
    errors.SpoolError(**_SPOOL),
    errors.SpoolFullError(**_SPOOL),
    errors.BulkError(
        recordtype="myapp.View",
        result=BulkResult(created=1, failed=[BulkFailure({"item_id": 1}, "mapping", 400)]),
    ),
]
_CLASSES = [
    value
    for _, value in inspect.getmembers(errors, inspect.isclass)
    if issubclass(value, errors.DjelmeError)
]


def _class_name(value: object) -> str:
    return type(value).__name__


def test_the_package_offers_every_class() -> None:
    offered = {name for name in djelme.__all__ if name.endswith("Error")}
    assert offered == set(errors.__all__)


def test_every_class_is_public_and_has_an_example() -> None:
    assert {cls.__name__ for cls in _CLASSES} == set(errors.__all__)
    assert {type(example) for example in _EXAMPLES} == set(_CLASSES)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("error", _EXAMPLES, ids=_class_name)
def test_errors_survive_pickling(error: errors.DjelmeError, protocol: int) -> None:
    again = pickle.loads(pickle.dumps(error, protocol))  # noqa: S301 - our own

    assert type(again) is type(error)
    assert str(again) == str(error)
    assert repr(again) == repr(error)
    assert again.args == error.args
    assert vars(again) == vars(error)


@pytest.mark.parametrize("error", _EXAMPLES, ids=_class_name)
def test_errors_survive_copying(error: errors.DjelmeError) -> None:
    again = copy.copy(error)

    assert type(again) is type(error)
    assert vars(again) == vars(error)


@pytest.mark.parametrize("error", _EXAMPLES, ids=_class_name)
def test_errors_that_are_raised_again_keep_their_cause(error: errors.DjelmeError) -> None:
    with pytest.raises(type(error)) as caught:
        raise pickle.loads(pickle.dumps(error)) from OSError("refused")  # noqa: S301 - our own

    assert isinstance(caught.value.__cause__, OSError)


def test_errors_are_also_what_python_would_raise() -> None:
    assert issubclass(errors.RecordTypeError, TypeError)
    assert issubclass(errors.RecordValidationError, ValueError)
    assert issubclass(errors.RecordNotFoundError, LookupError)


def test_a_subclass_of_a_site_survives_pickling_too() -> None:
    error = SiteError(backend="main", status=403, reason="no")
    error.hint = "ask the operators"

    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own

    assert isinstance(again, SiteError)
    assert (again.status, again.hint) == (403, "ask the operators")


class SiteError(errors.BackendRefusedError):
    hint = ""


def test_messages_name_the_object_what_was_found_and_the_remedy() -> None:
    said = {type(error): str(error) for error in _EXAMPLES}

    assert said[errors.RecordValidationError] == (
        "myapp.View.item_id: expected an int, found str 'a' (record 3 of the bulk)"
    )
    for template_error in (errors.IndexTemplateNotFoundError, errors.IndexTemplateOutOfSyncError):
        assert "myapp.View" in said[template_error]
        assert "'myapp_view'" in said[template_error]
        assert "'main'" in said[template_error]
        assert "djelme_backend_setup" in said[template_error]
    assert (
        "settings.number_of_shards should be 2 and is 1"
        in (said[errors.IndexTemplateOutOfSyncError])
    )
    assert said[errors.BulkError] == (
        "myapp.View: 1 records were not stored (1 created, 0 already there); the first: mapping"
    )


def test_a_place_in_a_bulk_can_be_added() -> None:
    error = errors.RobotRefusedError(**{**_VALUE, "position": None})

    placed = error.at(7)

    assert type(placed) is errors.RobotRefusedError
    assert placed.position == 7
    assert str(placed) == f"{error} (record 7 of the bulk)"
