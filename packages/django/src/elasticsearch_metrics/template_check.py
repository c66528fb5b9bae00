"""Whether the indexes of a record type are made as its class declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djelme.difference import differences
from djelme.errors import (
    IndexTemplateNotFoundError,
    IndexTemplateOutOfSyncError,
    IndexTemplateOverriddenError,
)
from djelme.naming import SingleIndexNaming

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from elasticsearch_metrics.placement import Placement

__all__ = ("require_in_sync", "require_not_overridden")


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
    if override is not None and not _is_the_only_one(placement, index):
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
