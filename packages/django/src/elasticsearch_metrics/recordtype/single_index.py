"""Records without time, all in one index."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from djelme.errors import BackendRefusedError, IndexTemplateOutOfSyncError
from djelme.naming import SingleIndexNaming
from elasticsearch_metrics.index.template_check import type_differences
from elasticsearch_metrics.recordtype.base import BaseRecord
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from djelme.contracts import IndexStatus
    from djelme.difference import Difference
    from djelme.timedepth import Timedepth
    from elasticsearch_metrics.declaration.contract import Place

__all__ = ("SingleIndexRecord",)


class SingleIndexRecord(BaseRecord):
    """A record of a type that has one index, named as its index template is.

    Unlike those of records with time, this index is there for good. So a field that is added to the
    class is added to the index, too, when the type is set up the next time.
    """

    if TYPE_CHECKING:

        @classmethod
        def field_mappings(cls) -> dict[str, Any]: ...  # noqa: D102 - `DslRecord` has it

    @classmethod
    def make_naming(cls, base: str, timedepth: Timedepth) -> SingleIndexNaming:  # noqa: ARG003 - it has no time
        """Return the name of the type's index."""
        return SingleIndexNaming(base)

    @classmethod
    def index_name(cls, values: Mapping[str, Any], placement: Place) -> str:  # noqa: ARG003 - the same for all
        """Return the name of the index."""
        return placement.naming.base

    @classmethod
    def djelme_index_name(cls) -> str:
        """Return the name of the index; also of the class, which needs no record for it."""
        return djelme_registry.placement(cls).naming.base

    @classmethod
    def each_existing_index(cls, using: str | None = None) -> Iterator[IndexStatus]:
        """Yield the index, if it exists.

        Raises:
            djelme.errors.BackendError: if the cluster can't be reached or refuses.
        """
        placement = djelme_registry.placement(cls, using)
        try:
            yield from placement.backend.list_indexes(placement.all_indexes())
        except BackendRefusedError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    @classmethod
    def check_djelme_setup(cls, using: str | None = None, index: str | None = None) -> None:
        """Compare this type with its index template, and with its index if there is one already.

        Raises:
            djelme.errors.IndexTemplateNotFoundError: if there is no template.
            djelme.errors.IndexTemplateOutOfSyncError: if it differs, or if the index lacks a field.
            djelme.errors.BackendError: if the cluster can't be reached or refuses.
        """
        super().check_djelme_setup(using, index)
        placement = djelme_registry.placement(cls, using)
        missing = cls._missing_in_index(placement)
        if missing:
            raise IndexTemplateOutOfSyncError(
                recordtype=cls.djelme.label,
                template_name=placement.naming.template_name,
                backend=placement.backend.name,
                differences=missing,
            )

    @classmethod
    def sync_index_template(cls, using: str | None = None) -> bool:
        """Create or update the index template, and add to the index the fields that it lacks.

        Returns:
            Whether anything was changed.

        Raises:
            djelme.errors.BackendError: if the cluster can't be reached or refuses, as it does for
                a field that has got another type: such a change needs a new index.
        """
        changed = super().sync_index_template(using)
        placement = djelme_registry.placement(cls, using)
        if not cls._missing_in_index(placement):
            return changed
        placement.backend.put_mapping(placement.naming.base, {"properties": cls.field_mappings()})
        return True

    @classmethod
    def _missing_in_index(cls, placement: Place) -> tuple[Difference, ...]:
        """Return the fields of the class that the index has otherwise or not at all."""
        mapping = placement.backend.get_mapping(placement.naming.base)
        return () if mapping is None else type_differences(cls.field_mappings(), mapping)
