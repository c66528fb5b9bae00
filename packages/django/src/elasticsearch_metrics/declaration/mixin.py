"""Fields that are declared once for the record types of every imp."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from djelme.annotation import own_annotations, read_annotation
from elasticsearch_metrics.declaration.field import mapped_field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import dataclass_transform
else:  # only type checkers need it, and Python 3.10 has none of its own

    def dataclass_transform(**_options):
        return lambda decorated: decorated


__all__ = ("FieldBody", "mixin_bodies", "record_mixin")

_Class = TypeVar("_Class", bound=type)
_ATTRIBUTE = "_field_body"


@dataclass(frozen=True)
class FieldBody:
    """The part of a class body that declares fields.

    Attributes:
        annotations: resolved, by name.
        namespace: the right-hand sides, by name, of those that have one.
    """

    annotations: dict[str, Any]
    namespace: dict[str, Any]


@dataclass_transform(kw_only_default=True, field_specifiers=(mapped_field,))
def record_mixin(mixin: _Class) -> _Class:
    """Make the annotations of a class fields of the record types that inherit from it.

    The class knows no DSL: each imp's metaclass makes the fields that its DSL needs. Type checkers
    see the fields as they see those of a record type.

    Raises:
        djelme.errors.RecordTypeError: if a name in an annotation can't be resolved.
    """
    annotations = {
        name: annotation
        for name, annotation in own_annotations(mixin.__name__, dict(vars(mixin))).items()
        if read_annotation(mixin.__name__, name, annotation) is not None
    }
    namespace = {name: vars(mixin)[name] for name in annotations if name in vars(mixin)}
    for name in namespace:
        delattr(mixin, name)  # the values of records are with them, not with their class
    setattr(mixin, _ATTRIBUTE, FieldBody(annotations, namespace))
    return mixin


def mixin_bodies(bases: tuple[type, ...], recordtype_class: type) -> Iterator[FieldBody]:
    """Yield what the mixins among the bases of a record type declare; what counts most comes last.

    Args:
        bases: of the class.
        recordtype_class: the metaclass of record types, whose fields are inherited another way.
    """
    for base in reversed(bases):
        if not isinstance(base, recordtype_class):
            for mixin in reversed(base.__mro__):
                if _ATTRIBUTE in vars(mixin):
                    yield vars(mixin)[_ATTRIBUTE]
