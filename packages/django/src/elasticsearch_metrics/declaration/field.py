"""Translate between djelme's fields and those of the Elasticsearch DSLs.

Both DSLs name their field classes as Elasticsearch names the types of fields, and keep ``required``
and ``multi`` in the same attributes, so one translation serves both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from djelme.field import MISSING, FieldSpec, Kind
from djelme.validation import KEYWORD_MAX_BYTES
from elasticsearch_metrics.declaration.field_type import FIELD_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("DATE_FORMAT", "Declared", "M", "declare", "make_field", "mapped_field")

_Value = TypeVar("_Value")

#: Format of the field for a ``date``, the same in every version.
DATE_FORMAT = "strict_date"


class M(Generic[_Value]):
    """May wrap the annotation of a field, as in ``item_id: M[int]``.

    The same as the class of this name in the DSL for Elasticsearch 8, for those without one.
    """

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: Any) -> Any: ...

        @overload
        def __get__(self, instance: object, owner: Any) -> _Value: ...

        def __get__(self, instance: object, owner: Any) -> Any: ...

        def __set__(self, instance: object, value: _Value) -> None: ...


@dataclass(frozen=True)
class Declared:
    """The right-hand side of a field.

    Attributes:
        engine_field: an instance of the DSL's field class, None where the annotation decides.
        kind: what an engine field holds; `Kind.ANY` where djelme doesn't check it.
        optional: whether an engine field may be left out (without an annotation to tell).
        multi: whether an engine field holds a list (without an annotation to tell).
        default: the default, `MISSING` for none.
        default_factory: makes defaults.
        max_bytes: longest string of an engine field.
    """

    engine_field: Any = None
    kind: Kind | None = None
    optional: bool = True
    multi: bool = False
    default: Any = MISSING
    default_factory: Callable[[], Any] | None = None
    max_bytes: int | None = None


def mapped_field(
    field: Any = None,
    *,
    init: bool = True,
    default: Any = None,
    default_factory: Callable[[], Any] | None = None,
    **kwargs: Any,
) -> Any:
    """Declare a field with a default, or with another field type than its annotation's.

    The same as the function of this name in the DSL for Elasticsearch 8, for those without one.

    Args:
        field: an instance of the DSL's field class; None lets the annotation decide.
        init: whether type checkers see the field as a parameter of the constructor.
        default: the default; None is none.
        default_factory: called for a default instead.
        **kwargs: kept with the field.
    """
    return {
        "_field": field,
        "init": init,
        "default": default,
        "default_factory": default_factory,
        **kwargs,
    }


def declare(right: Any, field_class: type) -> Declared:
    """Return what the right-hand side of a field declares.

    Args:
        right: a field of the DSL, a result of `mapped_field`, or a plain default.
        field_class: the DSL's base of all fields.
    """
    if isinstance(right, dict) and "_field" in right:
        default = right.get("default")
        return _declare_field(
            right["_field"],
            default=MISSING if default is None else default,
            default_factory=right.get("default_factory"),
        )
    if isinstance(right, field_class):
        return _declare_field(right)
    return Declared(default=right)


def _declare_field(field: Any, **defaults: Any) -> Declared:
    if field is None:
        return Declared(**defaults)
    kind = FIELD_TYPES[field.name].kind if field.name in FIELD_TYPES else Kind.ANY
    parameters = field.to_dict()
    max_bytes = None
    if kind is Kind.DATETIME and "format" in parameters:
        kind = Kind.DATE if parameters["format"] == DATE_FORMAT else Kind.ANY
    elif kind is Kind.KEYWORD and "ignore_above" not in parameters:
        max_bytes = KEYWORD_MAX_BYTES
    return Declared(
        engine_field=field,
        kind=kind,
        optional=not field._required,
        multi=bool(field._multi),
        max_bytes=max_bytes,
        **defaults,
    )


def make_field(spec: FieldSpec, python_type: Any, field_class: Any, inner_class: type) -> Any:
    """Return the DSL's field for an annotation; None if there is none for it.

    Args:
        spec: what the annotation says.
        python_type: the annotation without ``None`` and ``list``.
        field_class: the DSL's base of all fields.
        inner_class: the DSL's base of inner documents.
    """
    options = {"required": spec.required, "multi": spec.multi}
    if isinstance(python_type, type) and issubclass(python_type, inner_class):
        name = "nested" if spec.multi else "object"
        return field_class.get_dsl_class(name)(python_type, **options)
    if spec.kind is Kind.ANY:
        return None
    if spec.kind is Kind.DATE:
        return field_class.get_dsl_class("date")(format=DATE_FORMAT, **options)
    name = "date" if spec.kind is Kind.DATETIME else spec.kind.value
    return field_class.get_dsl_class(name)(**options)
