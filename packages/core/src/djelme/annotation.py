"""Read the annotations of a record type.

``str`` is a keyword, ``int`` a long, ``float`` a double, ``bool`` a boolean, ``datetime`` a UTC
instant in milliseconds, ``date`` a calendar day. ``X | None`` is optional, ``list[X]``
multi-valued, ``Literal`` and ``Enum`` restrict the values, ``ClassVar`` is left alone.
"""

from __future__ import annotations

import datetime
import enum
import sys
import types
import typing
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Literal, Union, get_args, get_origin

from djelme.errors import RecordTypeError
from djelme.field import Kind

__all__ = ("AnnotatedType", "own_annotations", "read_annotation")

_SUPPORTED = "str, int, float, bool, datetime, date, Literal[...], an Enum, list[X] or X | None"

_KINDS: dict[Any, Kind] = {
    str: Kind.KEYWORD,
    int: Kind.LONG,
    float: Kind.DOUBLE,
    bool: Kind.BOOLEAN,
    datetime.datetime: Kind.DATETIME,
    datetime.date: Kind.DATE,
}


@dataclass(frozen=True)
class AnnotatedType:
    """What an annotation says about a field.

    Attributes:
        kind: None where the annotation alone can't tell, so that an explicit field has to.
        optional: whether ``| None`` is part of it.
        multi: whether it is a list.
        choices: the values of a ``Literal`` or an ``Enum``.
        enum_type: the ``Enum``.
        python_type: the annotation without ``None`` and ``list``.
    """

    kind: Kind | None
    optional: bool = False
    multi: bool = False
    choices: tuple[Any, ...] | None = None
    enum_type: type[enum.Enum] | None = None
    python_type: Any = None


def own_annotations(recordtype: str, namespace: dict[str, Any]) -> dict[str, Any]:
    """Return the resolved annotations of a class body, before the class exists.

    Args:
        recordtype: name of the class, for messages.
        namespace: the class body.

    Raises:
        RecordTypeError: if a name in an annotation can't be resolved.
    """
    raw = namespace.get("__annotations__", {})
    if not raw and sys.version_info >= (3, 14):
        import annotationlib

        annotate = annotationlib.get_annotate_from_class_namespace(namespace)
        if annotate is not None:
            raw = annotationlib.call_annotate_function(
                annotate, format=annotationlib.Format.FORWARDREF
            )
    holder = type(
        recordtype, (), {"__annotations__": dict(raw), "__module__": namespace.get("__module__")}
    )
    try:
        return typing.get_type_hints(holder, include_extras=True)
    except (NameError, TypeError, SyntaxError) as error:
        msg = (
            f"an annotation can't be resolved ({error}). Names used in annotations must be "
            f"importable from the module that declares the record type"
        )
        raise RecordTypeError(msg, recordtype=recordtype) from error


def read_annotation(
    recordtype: str, name: str, annotation: Any, *, wrappers: tuple[Any, ...] = ()
) -> AnnotatedType | None:
    """Return what an annotation says, or None for a ``ClassVar``.

    Args:
        recordtype: name of the class, for messages.
        name: name of the field, for messages.
        annotation: the resolved annotation.
        wrappers: generic classes to look through, such as a DSL's ``Mapped``.

    Raises:
        RecordTypeError: for ``Decimal`` and for unions other than with None.
    """
    optional = multi = False
    inner = annotation
    while True:
        origin = get_origin(inner)
        if inner is ClassVar or origin is ClassVar:
            return None
        if origin is Union or origin is types.UnionType:
            members = [member for member in get_args(inner) if member is not type(None)]
            if len(members) != 1 or multi:
                _refuse(recordtype, name, annotation, f"a field has one type: {_SUPPORTED}")
            optional, inner = True, members[0]
        elif origin is list and not multi:
            multi, inner = True, get_args(inner)[0]
        elif origin is typing.Annotated or origin in wrappers:
            inner = get_args(inner)[0]
        else:
            break
    if inner is Decimal:
        _refuse(
            recordtype,
            name,
            annotation,
            "Elasticsearch has no decimal numbers: use int (of the smallest unit), float, or "
            "declare the field explicitly, for example as ScaledFloat",
        )
    choices, enum_type, scalar = _choices(recordtype, name, inner)
    return AnnotatedType(_KINDS.get(scalar), optional, multi, choices, enum_type, inner)


def _choices(
    recordtype: str, name: str, inner: Any
) -> tuple[tuple[Any, ...] | None, type[enum.Enum] | None, Any]:
    """Return choices, enumeration and scalar type of a ``Literal`` or an ``Enum``."""
    enum_type = None
    if get_origin(inner) is Literal:
        choices: tuple[Any, ...] = get_args(inner)
    elif isinstance(inner, type) and issubclass(inner, enum.Enum):
        enum_type = inner
        choices = tuple(member.value for member in inner)
    else:
        return None, None, inner
    scalars = {type(choice) for choice in choices}
    if scalars not in ({str}, {int}):
        _refuse(recordtype, name, inner, "its values have to be all str or all int")
    return choices, enum_type, scalars.pop()


def _refuse(recordtype: str, name: str, annotation: Any, right: str) -> typing.NoReturn:
    msg = f"field {name!r} is annotated with {annotation!r}, which can't be stored; {right}"
    raise RecordTypeError(msg, recordtype=recordtype)
