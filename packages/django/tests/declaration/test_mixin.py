from __future__ import annotations

from typing import ClassVar

import pytest

from djelme.errors import RecordTypeError
from elasticsearch_metrics.declaration.field import mapped_field
from elasticsearch_metrics.declaration.mixin import FieldBody, mixin_bodies, record_mixin


class RecordTypeClass(type):
    """Stands for the metaclass of an imp."""


@record_mixin
class Sized:
    unit: ClassVar[str] = "byte"
    size: int = 5
    limit: int | None


@record_mixin
class Named(Sized):
    size: int = mapped_field(default=7)
    name: str = ""


class Plain(Named):
    note: str = "no field"


def test_fields_leave_the_class() -> None:
    assert Sized.unit == "byte"
    assert not hasattr(Sized, "size")
    assert Plain.note == "no field"


def test_a_mixin_gives_its_annotations_and_their_right_hand_sides() -> None:
    (body,) = mixin_bodies((Sized,), RecordTypeClass)
    assert body == FieldBody({"size": int, "limit": int | None}, {"size": 5})


def test_mixins_are_read_along_the_mro_the_nearest_one_last() -> None:
    bodies = list(mixin_bodies((Plain,), RecordTypeClass))
    assert [list(body.annotations) for body in bodies] == [["size", "limit"], ["size", "name"]]


def test_bases_that_are_record_types_have_their_fields_already() -> None:
    class Inherited(Named, metaclass=RecordTypeClass):
        pass

    assert list(mixin_bodies((Inherited,), RecordTypeClass)) == []


def test_a_name_that_cant_be_resolved_is_refused() -> None:
    with pytest.raises(RecordTypeError, match="Lost: an annotation can't be resolved"):

        @record_mixin
        class Lost:
            field: Nowhere  # type: ignore[name-defined]  # noqa: F821 - on purpose
