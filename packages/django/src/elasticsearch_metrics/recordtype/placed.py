"""What every record type can do about the place of its records: names, set-up, indexes."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, cast

from djelme.errors import (
    IndexTemplateNotFoundError,
    IndexTemplateOutOfSyncError,
    RecordTypeError,
)
from djelme.naming import IndexNaming
from elasticsearch_metrics import signals
from elasticsearch_metrics.index.missing_feature import put_template
from elasticsearch_metrics.index.own_index import own_indexes
from elasticsearch_metrics.index.published import (
    require_published_kept,
    require_published_read,
    sync_published,
)
from elasticsearch_metrics.index.template_check import require_in_sync, require_not_overridden
from elasticsearch_metrics.recordtype.argument import checked_index
from elasticsearch_metrics.recordtype.on_commit import CommitRecord
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme.contracts import Backend, IndexStatus
    from djelme.timedepth import Timedepth
    from elasticsearch_metrics.declaration.contract import RecordType
    from elasticsearch_metrics.declaration.definition import RecordDefinition
    from elasticsearch_metrics.index.placement import Placement

__all__ = ("PlacedRecord",)


class PlacedRecord(CommitRecord):
    """The part of a record type that is about where its records lie.

    Attributes:
        djelme: what the class declares.
    """

    djelme: ClassVar[RecordDefinition]

    # Names.

    @classmethod
    def require_concrete(cls) -> None:
        """Check that records of this type can exist.

        Raises:
            RecordTypeError: if the type is abstract.
        """
        if cls.djelme.options.abstract:
            msg = "an abstract record type has no names and no records; use a concrete one"
            raise RecordTypeError(msg, recordtype=cls.__name__)

    @classmethod
    def get_backend(cls, using: str | None = None) -> Backend:
        """Return the backend that records of this type go to.

        Raises:
            djelme.errors.ConfigurationError: if there is none, or several to choose from.
        """
        return djelme_registry.get_backend_for_recordtype(cast("type[RecordType]", cls), using)

    @classmethod
    def _placement(cls, using: str | None = None) -> Placement:
        return djelme_registry.placement(cast("type[RecordType]", cls), using)

    @classmethod
    def get_timeseries_template_name(cls) -> str:
        """Return the name of this type's index template.

        Raises:
            RecordTypeError: if the type is abstract.
        """
        return cls._placement().naming.template_name

    @classmethod
    def get_timeseries_template_pattern(cls) -> str:
        """Return the pattern of this type's index template.

        Raises:
            RecordTypeError: if the type is abstract.
        """
        return cls._placement().pattern

    @classmethod
    def make_naming(cls, base: str, timedepth: Timedepth) -> IndexNaming:
        """Return the names of the type's indexes.

        Args:
            base: what they begin with.
            timedepth: from ``class Meta`` or the settings.
        """
        return IndexNaming(base, timedepth, cls.date_formats(), cls.date_format())

    @classmethod
    def date_formats(cls) -> tuple[str, ...]:
        """Return formats of `datetime.strftime` in which older indexes of the type are named."""
        return ()

    @classmethod
    def date_format(cls) -> str | None:
        """Return the format of `datetime.strftime` for new indexes; None for parts of time."""
        return None

    # Setting up.

    @classmethod
    @abstractmethod
    def get_timeseries_template(cls, using: str | None = None) -> Any:
        """Return the DSL's index template of this type, with ``to_dict()``."""

    @classmethod
    def check_djelme_setup(cls, using: str | None = None, index: str | None = None) -> None:
        """Compare this type with its index template, and that with others in Elasticsearch.

        Args:
            using: name of a backend, in place of the type's own.
            index: an index that is to be made and is all that matters; by default the one for the
                present moment, and what django-elasticsearch-metrics 2026.0 has written and writes.

        Raises:
            djelme.errors.IndexTemplateNotFoundError: if there is no template.
            djelme.errors.IndexTemplateOutOfSyncError: if it differs, or if another template makes
                something else of the index; the error says in what.
            djelme.errors.DjelmeSetupError: if records of the older version would not be read, or be
                refused.
            djelme.errors.BackendError: if the cluster can't be reached or refuses.
        """
        placement, index = cls._placement(using), checked_index(index)
        body = cls.get_timeseries_template(using).to_dict()
        require_in_sync(placement, body)
        require_not_overridden(placement, index or placement.present_index)
        if index is None:
            require_published_read(placement)
            require_published_kept(placement, body)

    @classmethod
    def sync_index_template(cls, using: str | None = None) -> bool:
        """Create or update this type's index template where it isn't in sync.

        Indexes that exist already stay as they are. Where django-elasticsearch-metrics 2026.0 was
        set up, its next indexes are still made by its own template.

        Returns:
            Whether anything was changed.

        Raises:
            djelme.errors.DjelmeSetupError: if the type wouldn't read what that version has written.
            djelme.errors.IndexTemplateOverriddenError: if the template is there, but another one
                makes something else of the type's next index.
            djelme.errors.UnsupportedFeatureError: if the server lacks a field type or an analyzer
                that the type needs.
            djelme.errors.BackendError: if the cluster can't be reached or refuses.
        """
        placement = cls._placement(using)
        backend, template = placement.backend, cls.get_timeseries_template(using)
        require_published_read(placement)
        changed = sync_published(placement, template.to_dict())
        try:
            require_in_sync(placement, template.to_dict())
        except (IndexTemplateNotFoundError, IndexTemplateOutOfSyncError):
            signals.pre_index_template_create.send(
                sender=cls, index_template=template, using=backend.name
            )
            put_template(placement, template.to_dict())
            signals.post_index_template_create.send(
                sender=cls, index_template=template, using=backend.name
            )
            changed = True
        require_not_overridden(placement, placement.present_index)
        return changed

    # Indexes.

    @classmethod
    def refresh(cls, using: str | None = None) -> None:
        """Make all stored records of this type visible to searches.

        Raises:
            djelme.errors.BackendError: if the cluster can't be reached or refuses.
        """
        placement = cls._placement(using)
        placement.backend.refresh(placement.all_indexes())

    @classmethod
    def each_existing_index(cls, using: str | None = None) -> Iterator[IndexStatus]:
        """Yield this type's own indexes, oldest first.

        An index of any name is one of them if an alias has one of the type's names, as it is after
        a reindexing by Elasticsearch's own tools.

        Raises:
            djelme.errors.BackendError: if the cluster can't be reached or refuses.
        """
        yield from own_indexes(cls._placement(using))
