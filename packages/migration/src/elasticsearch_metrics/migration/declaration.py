"""The base of all migrations: what a site declares, and the class that its code asks meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.apps import apps
from django.core.exceptions import AppRegistryNotReady

from djelme.timeparts import parse_when
from elasticsearch_metrics.migration.document.conversion import Conversion, ConversionError
from elasticsearch_metrics.migration.errors import MigrationDeclarationError, MigrationError
from elasticsearch_metrics.migration.registry import migration_registry
from elasticsearch_metrics.migration.state.phase_cache import phase_cache
from elasticsearch_metrics.recordtype.base import BaseRecord
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Mapping

    from djelme.bulk import BulkResult
    from elasticsearch_metrics.migration.document.hit import Hit

__all__ = ("Migration",)


class MigrationMeta(type):
    """Gives migrations the attributes that depend on their phase."""

    @property
    def recordtype(cls) -> type[Any]:
        """The record type that is to be asked now: the source before cutover, then the target."""
        return _current_recordtype(cls)  # type: ignore[arg-type]


class Migration(metaclass=MigrationMeta):
    """A move of records from one record type to another.

    To be inherited from in an app's ``metrics.py`` or ``djelme_migrations.py``.

    Attributes:
        source: the record type that has the records.
        target: the record type that is to have them.
        since: records of before this moment stay where they are; anything that bounds of
            ``search_timeseries_range`` can be, None for no bound.
        until: records from this moment on stay where they are.
        app_label: label of the app; by default the app that holds the module.
        name: ``app_label.ClassName``; what the command takes.
    """

    source: ClassVar[type[Any]]
    target: ClassVar[type[Any]]
    since: ClassVar[object] = None
    until: ClassVar[object] = None
    app_label: ClassVar[str] = ""
    name: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _require_app(cls)
        for side in ("source", "target"):
            recordtype = getattr(cls, side, None)
            if not (isinstance(recordtype, type) and issubclass(recordtype, BaseRecord)):
                msg = f"`{side}` should be a record type, not {recordtype!r}"
                raise MigrationDeclarationError(msg, migration=cls.__name__)
            if recordtype.djelme.options.abstract:
                msg = f"`{side}` is {recordtype.__name__}, which is abstract and has no records"
                raise MigrationDeclarationError(msg, migration=cls.__name__)
        if cls.source is cls.target:
            msg = f"`source` and `target` are both {cls.source.__name__}"
            raise MigrationDeclarationError(msg, migration=cls.__name__)
        try:
            start, end = cls.bounds()
        except (TypeError, ValueError) as error:
            raise MigrationDeclarationError(str(error), migration=cls.__name__) from error
        if start is not None and end is not None and start > end:
            msg = f"`since` ({cls.since!r}) is after `until` ({cls.until!r})"
            raise MigrationDeclarationError(msg, migration=cls.__name__)
        cls.app_label = vars(cls).get("app_label") or _containing_app_label(cls)
        cls.name = f"{cls.app_label}.{cls.__name__}"
        migration_registry.register(cls)

    # What a site may write.

    def convert(self, hit: Hit) -> Iterable[Mapping[str, Any]]:
        """Yield the target's documents for one of the source, each as values by field.

        Without it, fields of the same name are copied. It has to give the same documents
        in the same order whenever it is called with the same hit, since their ids depend on it.

        Args:
            hit: the document: fields as attributes or items, its index and id in ``hit.meta``.
        """
        raise NotImplementedError

    def revert(self, hit: Hit) -> Mapping[str, Any] | None:
        """Return the source's values for a document that was written to the target alone.

        Needed only beside `convert`, to copy records back that were written after cutover.

        Args:
            hit: the target's document.

        Returns:
            None if the source has nothing of the kind.
        """
        raise NotImplementedError

    @classmethod
    def has_convert(cls) -> bool:
        """Return whether the migration changes documents."""
        return cls.convert is not Migration.convert

    @classmethod
    def has_revert(cls) -> bool:
        """Return whether the migration says how to go back."""
        return cls.revert is not Migration.revert

    @classmethod
    def bounds(cls) -> tuple[datetime.datetime | None, datetime.datetime | None]:
        """Return `since` and `until` as moments in UTC."""
        return (
            None if cls.since is None else parse_when(cls.since, name="since"),
            None if cls.until is None else parse_when(cls.until, name="until"),
        )

    # What the site's code asks, before and after cutover alike.

    @classmethod
    def search(cls) -> Any:
        """Return the DSL's search over all records of the type that is to be asked now."""
        return cls.recordtype.search()

    @classmethod
    def search_timeseries_range(cls, from_when: object, until_when: object) -> Any:
        """Return the DSL's search for a range of time, on the type that is to be asked now."""
        return cls.recordtype.search_timeseries_range(from_when, until_when)

    @classmethod
    def record(cls, **fields: Any) -> Any:
        """Store a record, given by the fields of the source, where records are to go now.

        After cutover it is converted as the copied ones were.

        Returns:
            The stored instance; the first one if the record becomes several, None if it becomes
            none.

        Raises:
            djelme.errors.RecordValidationError: for a wrong value; nothing was sent.
            djelme.errors.BackendError: if the cluster can't be reached or refuses the record.
        """
        source = cls.source
        if _current_recordtype(cls, writes=True) is source:
            return source.record(**fields)
        documents = _converted(Conversion(cls), fields)
        stored = [cls.target.record(**document) for document in documents]
        return stored[0] if stored else None

    @classmethod
    def bulk_record(cls, records: Iterable[Mapping[str, Any]], **options: Any) -> BulkResult:
        """Store many records, given by the fields of the source, where they are to go now.

        Where they go is decided once, at the beginning.

        Args:
            records: dicts of fields; taken one by one, never held all at once.
            **options: those of the record type's ``bulk_record``.

        Raises:
            djelme.errors.DjelmeError: as the record type's ``bulk_record``.
        """
        recordtype = _current_recordtype(cls, writes=True)
        if recordtype is not cls.source:
            conversion = Conversion(cls)
            given = records
            records = (document for record in given for document in _converted(conversion, record))
        result: BulkResult = recordtype.bulk_record(records, **options)
        return result


def _current_recordtype(migration: type[Migration], *, writes: bool = False) -> type[Any]:
    """Return the record type that is to be asked now, or written to."""
    phase = phase_cache.current(migration, writes=writes).phase
    return migration.target if phase.asks_target else migration.source


def _converted(conversion: Conversion, fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the target's values for a record that is new."""
    source = conversion.source
    # The same checks and defaults as before cutover, whatever the target is like.
    values = source.djelme.validator.clean(source.completed(fields))
    index = source.index_name(values, djelme_registry.placement(source))
    try:
        return conversion.convert(conversion.hit(index, None, values))
    except ConversionError as error:
        raise MigrationError(str(error), migration=conversion.migration.name) from error


_APP = "elasticsearch_metrics.migration"


def _require_app(migration: type) -> None:
    """Check that the site has the app, without which nothing would be written twice.

    Raises:
        MigrationDeclarationError: if it doesn't; the message says what to add.
    """
    try:
        is_installed = apps.is_installed(_APP)
    except AppRegistryNotReady:
        return  # reported with the app's label
    if not is_installed:
        msg = (
            f"the app of migrations is missing: add {_APP!r} to INSTALLED_APPS (pip install "
            f"'django-elasticsearch-metrics[migration]' brings it)"
        )
        raise MigrationDeclarationError(msg, migration=migration.__name__)


def _containing_app_label(migration: type) -> str:
    try:
        config = apps.get_containing_app_config(migration.__module__)
    except AppRegistryNotReady:
        config = None
    if config is None:
        msg = (
            f"module {migration.__module__!r} is in none of INSTALLED_APPS, or was imported before "
            f'the apps were ready; state the app: app_label = "…"'
        )
        raise MigrationDeclarationError(msg, migration=migration.__name__)
    return config.label
