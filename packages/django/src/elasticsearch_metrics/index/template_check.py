"""Whether the indexes of a record type are made as its class declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djelme.difference import ABSENT, Difference, differences, flatten
from djelme.errors import (
    IndexTemplateNotFoundError,
    IndexTemplateOutOfSyncError,
    IndexTemplateOverriddenError,
)
from djelme.naming import SingleIndexNaming
from elasticsearch_metrics.declaration.field_type import FIELD_TYPES, Family

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from elasticsearch_metrics.index.placement import Placement

__all__ = ("index_differences", "require_in_sync", "require_not_overridden", "type_differences")

#: Types of fields that are alike, by what they are.
_FAMILIES = {
    name: found.family.value
    for name, found in FIELD_TYPES.items()
    if found.family in {Family.WHOLE, Family.FLOAT} and name != "unsigned_long"
}


def require_in_sync(placement: Placement, body: Mapping[str, Any]) -> None:
    """Compare the body that a record type's index template should have with the one it has.

    Raises:
        djelme.errors.IndexTemplateNotFoundError: if there is no template.
        djelme.errors.IndexTemplateOutOfSyncError: if it differs; the error says in what.
        djelme.errors.BackendError: if the cluster can't be reached or refuses.
    """
    backend, name = placement.backend, placement.naming.template_name
    label = placement.recordtype.djelme.label
    found = backend.get_template(name)
    if found is None:
        raise IndexTemplateNotFoundError(recordtype=label, template_name=name, backend=backend.name)
    drift = differences(backend.flatten_template(body), backend.flatten_template(found))
    if drift:
        raise IndexTemplateOutOfSyncError(
            recordtype=label, template_name=name, backend=backend.name, differences=drift
        )


def require_not_overridden(placement: Placement, index: str) -> None:
    """Check that an index is made as the type's index template says, whoever has others.

    Args:
        placement: where the records of the type go.
        index: name of the index.

    Raises:
        djelme.errors.IndexTemplateOverriddenError: if others count more; it names them.
        djelme.errors.BackendError: if the cluster can't be reached or refuses.
    """
    backend, name = placement.backend, placement.naming.template_name
    override = backend.find_override(name, index)
    if override is None or override.templates == (placement.kept_template_name,):
        return  # that one only makes indexes of the older version
    if not _is_the_only_one(placement, index):
        raise IndexTemplateOverriddenError(
            recordtype=placement.recordtype.djelme.label,
            template_name=name,
            backend=backend.name,
            differences=override.differences,
            index=index,
            templates=override.templates,
        )


def _is_the_only_one(placement: Placement, index: str) -> bool:
    """Return whether an index exists, and is never followed by another one."""
    if not isinstance(placement.naming, SingleIndexNaming):
        return False
    return placement.backend.get_mapping(index) is not None


def index_differences(placement: Placement) -> tuple[Difference, ...]:
    """Return the fields that the index for the present moment has otherwise than the class.

    It may have been made before the template was there. A field that a strict index lacks is none:
    it is new, and shows in the next index.

    Raises:
        djelme.errors.BackendError: if the cluster can't be reached or refuses.
    """
    mapping = placement.backend.get_mapping(placement.present_index)
    if mapping is None:
        return ()
    fields: Mapping[str, Any] = getattr(placement.recordtype, "field_mappings", dict)()
    is_strict = str(mapping.get("dynamic", "true")).lower() == "strict"
    return tuple(
        found
        for found in type_differences(fields, mapping)
        if not (is_strict and found.found == ABSENT)
    )


def type_differences(
    fields: Mapping[str, Any], mapping: Mapping[str, Any]
) -> tuple[Difference, ...]:
    """Return the fields of a class that the mapping of an index has otherwise or not at all."""
    found = _types(mapping.get("properties", {}))
    declared = _types(fields)
    return differences(declared, {path: found.get(path, ABSENT) for path in declared})


def _types(properties: Mapping[str, Any]) -> dict[str, str]:
    """Return the types of fields by dotted path; servers don't give all other parameters back.

    Integers of all sizes are alike, and so are floats: an index can't change a field's type, and
    one that is too narrow refuses a value by itself. Older indexes have such ones.
    """
    return {
        f"index.{path}": _FAMILIES.get(leaf, leaf)
        for path, leaf in flatten(properties).items()
        if path.rpartition(".")[2] == "type" and leaf != "object"
    }
