"""Names that the fields of a record type can't have."""

from __future__ import annotations

from keyword import iskeyword
from typing import TYPE_CHECKING, Any

from djelme.errors import RecordTypeError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ("require_free_names", "require_mapped_names")

#: What every record has besides its attributes: ``record(using=…)`` names a backend.
_RESERVED = frozenset({"cls", "meta", "self", "using"})


def require_free_names(
    recordtype: str, names: Collection[str], inherited: Collection[str], bases: tuple[type, ...]
) -> None:
    """Refuse fields that would hide what every record has.

    Args:
        recordtype: the record type's name, for the error.
        names: the fields of the class.
        inherited: the fields of its base classes, which it may declare anew.
        bases: its base classes.

    Raises:
        RecordTypeError: if a field has such a name.
    """
    for name in names:
        taken = name in _RESERVED or any(
            name in vars(cls) for base in bases for cls in base.__mro__
        )
        if name.startswith("_") or (taken and name not in inherited):
            msg = (
                f"field {name!r} can't have this name: it begins with an underscore, or every "
                f"record has a method, parameter or attribute of the same name"
            )
            raise RecordTypeError(msg, recordtype=recordtype)


def require_mapped_names(recordtype: str, names: Collection[str], mapping: Any) -> None:
    """Refuse fields that the DSL maps by another name than they were declared with.

    The DSL for Elasticsearch 8 maps a field ``from_`` as ``from``, while values are stored by the
    declared name: the strict mapping would refuse every record. Fields of inner documents count.

    Args:
        recordtype: the record type's name, for the error.
        names: the declared fields.
        mapping: the DSL's mapping of the type.

    Raises:
        RecordTypeError: if a field is mapped by another name.
    """
    mapped = set(mapping)
    renamed = [name for name in names if name not in mapped]
    renamed += _renamed_in_inner_documents(mapping, seen=set())
    if renamed:
        msg = (
            f"field {renamed[0]!r} can't have this name: the Elasticsearch DSL maps it as "
            f"{renamed[0].rstrip('_')!r}, a keyword of Python; choose another name, such as "
            f"{renamed[0]}name"
        )
        raise RecordTypeError(msg, recordtype=recordtype)


def _renamed_in_inner_documents(mapping: Any, seen: set[type]) -> Iterator[str]:
    for name in mapping:
        inner = getattr(mapping[name], "_doc_class", None)
        if inner is None or inner in seen:
            continue
        seen.add(inner)
        # An object declared by its properties is no class of the site: what it holds are dicts,
        # whose keys nobody renames.
        is_own = inner.__name__ != "InnerDoc"
        fields = inner._doc_type.mapping
        yield from (f"{field}_" for field in fields if is_own and iskeyword(field))
        yield from _renamed_in_inner_documents(fields, seen)
