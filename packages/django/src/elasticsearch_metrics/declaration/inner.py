"""Inner documents: one rule for their fields and for a record type's own.

The DSL itself makes text of ``str``, which a record type has as a keyword. An inner document is
mapped by the DSL before a record type takes it, and then a field that was left to the annotation
looks as one that was declared as ``Text()``. Both are keywords here; what says more, as
``Text(analyzer=...)`` or ``Text(fields=...)`` does, stays.
"""

from __future__ import annotations

import copy
import inspect
from typing import TYPE_CHECKING, Any

from djelme.annotation import read_annotation
from djelme.field import Kind
from elasticsearch_metrics.declaration.field import M

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("guessed_paths", "with_keywords")


def with_keywords(field: Any, dsl_module: Any) -> Any:
    """Return a field of the DSL in which ``str`` is a keyword at every depth.

    Args:
        field: any field; only those of inner documents are changed, and these are copied.
        dsl_module: the DSL's module.
    """
    inner = getattr(field, "_doc_class", None)
    if inner is None:
        return field
    names = set(_annotated_as_keyword(inner, dsl_module))
    changed = copy.copy(field)
    changed._mapping = copy.deepcopy(field._mapping)
    properties = changed._mapping.properties.properties
    for name, own in list(properties.to_dict().items()):
        if name in names and _is_plain_text(own):
            properties[name] = dsl_module.Keyword(required=own._required, multi=own._multi)
        else:
            properties[name] = with_keywords(own, dsl_module)
    return changed


def guessed_paths(name: str, field: Any, dsl_module: Any) -> Iterator[str]:
    """Yield the dotted paths of the fields that `with_keywords` makes keywords of."""
    inner = getattr(field, "_doc_class", None)
    if inner is None:
        return
    declared = inner._doc_type.mapping.properties.properties.to_dict()
    for own in _annotated_as_keyword(inner, dsl_module):
        if own in declared and _is_plain_text(declared[own]):
            yield f"{name}.{own}"
    for own, own_field in declared.items():
        yield from guessed_paths(f"{name}.{own}", own_field, dsl_module)


def _annotated_as_keyword(inner: type, dsl_module: Any) -> Iterator[str]:
    wrappers = (getattr(dsl_module, "M", M),)
    for cls in inner.__mro__[: inner.__mro__.index(dsl_module.InnerDoc)]:
        for name, annotation in inspect.get_annotations(cls).items():
            annotated = read_annotation(cls.__name__, name, annotation, wrappers=wrappers)
            if annotated is not None and annotated.kind is Kind.KEYWORD:
                yield name


def _is_plain_text(field: Any) -> bool:
    return bool(field.name == "text" and field.to_dict() == {"type": "text"})
