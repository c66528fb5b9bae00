"""The record types of a site, by app."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from django.apps import apps

from djelme.errors import ConfigurationError, DjelmeError, RecordTypeConflictError
from elasticsearch_metrics.backend.handler import BackendHandler
from elasticsearch_metrics.delivery.assembly import put_delivery
from elasticsearch_metrics.index.placement import make_placement
from elasticsearch_metrics.util.published_name import refuse_gone, warn_renamed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from djelme.contracts import Backend
    from elasticsearch_metrics.declaration.contract import RecordType
    from elasticsearch_metrics.index.placement import Placement

__all__ = ("DjelmeRegistry", "djelme_registry", "registry")


class DjelmeRegistry:
    """All concrete record types that were declared, and the backends to store them.

    Attributes:
        all_backends: the backends of ``DJELME_BACKENDS``.
        name_prefix: put before the names of all indexes and templates; for isolated tests.
        placements: those that `placement` has returned, by its arguments.
    """

    def __init__(self) -> None:
        self.all_backends = BackendHandler(partial(put_delivery, self.owner_of))
        self.name_prefix = ""
        self._recordtypes: dict[str, dict[str, type[RecordType]]] = {}
        self.placements: dict[tuple[type[RecordType], str | None], Placement] = {}
        self._undoing: list[Callable[[], object]] | None = None

    def register_recordtype(self, recordtype: type[RecordType]) -> None:
        """Add a record type.

        Raises:
            RecordTypeError: if its app has another one of the same name.
        """
        app_label, name = recordtype.djelme.app_label, recordtype.__name__.lower()
        of_app = self._recordtypes.setdefault(app_label, {})
        other = of_app.get(name)
        if other is not None:
            msg = (
                f"app {app_label!r} already has a record type of this name, in module "
                f"{other.__module__!r}; rename one of them or give it another Meta.app_label"
            )
            raise RecordTypeConflictError(msg, recordtype=recordtype.__name__)
        of_app[name] = recordtype
        self.placements.clear()

    def get_recordtype(self, app_label: str, name: str | None = None) -> type[RecordType]:
        """Return a record type by app label and name of its class, in any case.

        Args:
            app_label: label of the app; or, alone, label and name as in ``"shop.UsageRecord"``.
            name: name of the class.

        Raises:
            LookupError: if there is none.
            TypeError: if one of them is no str.
        """
        for given in (app_label, "" if name is None else name):
            _require_text(given)
        if name is None:
            app_label, _, name = app_label.partition(".")
        try:
            return self._recordtypes[app_label][name.lower()]
        except KeyError:
            msg = f"app {app_label!r} has no record type {name!r}"
            raise LookupError(msg) from None

    def each_recordtype(self, app_label: str | None = None) -> Iterator[type[RecordType]]:
        """Yield the record types of one app or of all, in the order of their declaration.

        Raises:
            LookupError: if there is no such app.
            TypeError: if it is no str.
        """
        _require_text("" if app_label is None else app_label)
        if app_label and app_label not in self._recordtypes:
            apps.get_app_config(app_label)  # raises LookupError
        for label, of_app in list(self._recordtypes.items()):
            if not app_label or app_label == label:
                yield from list(of_app.values())

    def get_recordtype_app_label(self, recordtype: type[RecordType]) -> str:
        """Return the label of a record type's app; deprecated."""
        warn_renamed("get_recordtype_app_label()", "djelme.app_label of the record type")
        return recordtype.djelme.app_label

    def get_backend_name_for_recordtype(self, recordtype: type[RecordType]) -> str:
        """Return the name of a record type's backend; deprecated."""
        warn_renamed("get_backend_name_for_recordtype()", "backend_name_for()")
        return self.backend_name_for(recordtype)

    def each_backend_name(self, *, imp_module_name: str = "") -> Iterator[str]:
        """Yield the names of all backends, or of an imp's; deprecated."""
        warn_renamed("each_backend_name()", "all_backends")
        yield from (
            self.all_backends.names_of(imp_module_name) if imp_module_name else (self.all_backends)
        )

    def each_backend(self, *, imp_module_name: str = "") -> Iterator[Backend]:
        """Yield all backends, or an imp's; deprecated."""
        warn_renamed("each_backend()", "all_backends")
        names = (
            self.all_backends.names_of(imp_module_name) if imp_module_name else (self.all_backends)
        )
        for name in names:
            yield self.all_backends[name]

    def each_backend_settings(self, **_arguments: object) -> NoReturn:
        """Refuse; the settings of backends are Django's."""
        refuse_gone("each_backend_settings()", "read django.conf.settings.DJELME_BACKENDS")

    def get_imp_module(self, *_arguments: object, **_options: object) -> NoReturn:
        """Refuse; an imp is a module like any other."""
        refuse_gone("get_imp_module()", "import the imp, as any module")

    def each_app_label(self) -> Iterator[str]:
        """Yield the labels of the apps that have record types."""
        yield from [label for label, of_app in self._recordtypes.items() if of_app]

    def get_backend(self, name: str) -> Backend:
        """Return a backend by its name in ``DJELME_BACKENDS``.

        Raises:
            ConfigurationError: if there is none, or if its settings are wrong.
        """
        return self.all_backends[name]

    def get_backend_for_recordtype(
        self, recordtype: type[RecordType], using: str | None = None
    ) -> Backend:
        """Return the backend that a record type is stored in.

        Raises:
            ConfigurationError: if there is none, or several to choose from.
        """
        return self.all_backends[self.backend_name_for(recordtype, using)]

    def placement(self, recordtype: type[RecordType], using: str | None = None) -> Placement:
        """Return names and backend of a record type.

        Raises:
            ConfigurationError: if `using` isn't the name of a backend for the type.
            RecordTypeError: if the type is abstract, or if Elasticsearch would refuse its names.
        """
        key = (recordtype, using)
        is_name = using is None or isinstance(using, str)  # anything else may have no hash
        placement = self.placements.get(key) if is_name else None
        if placement is None:
            if using is not None:
                self.backend_name_for(recordtype, using)  # a wrong one is an error now
            placement = self.placements[key] = make_placement(
                recordtype,
                self._prefix(recordtype, using),
                (
                    (other, self._prefix(other))
                    for other in self.each_recordtype()
                    if other is not recordtype
                ),
                partial(self.get_backend_for_recordtype, recordtype, using),
            )
        return placement

    def _prefix(self, recordtype: type[RecordType], using: str | None = None) -> str:
        prefix = recordtype.djelme.options.index_name_prefix
        if prefix is None:
            prefix = ""
            with contextlib.suppress(ConfigurationError):  # using the backend will report it
                backend = self.get_backend_for_recordtype(recordtype, using)
                prefix = backend.default_index_name_prefix
        return f"{self.name_prefix}{prefix}"

    def owner_of(self, index: str, backend_name: str) -> Placement | None:
        """Return the placement of the record type that an index of a backend belongs to.

        Args:
            index: name of the index.
            backend_name: name of the backend.
        """
        owners = []
        for recordtype in self.each_recordtype():
            with contextlib.suppress(DjelmeError):  # the system checks report it
                self.all_backends.name_for(
                    recordtype.djelme.label, recordtype.djelme.imp_name, backend_name
                )
                placement = self.placement(recordtype, backend_name)
                base = placement.naming.base
                if index == base or index.startswith(f"{base}_"):
                    owners.append(placement)
        return max(owners, key=lambda owner: len(owner.naming.base), default=None)

    def reset(self) -> None:
        """Close all backends and read the settings anew when next asked."""
        self.all_backends.reset()
        self.placements.clear()

    def backend_name_for(self, recordtype: type[RecordType], using: str | None = None) -> str:
        """Return the name of the backend that a record type is stored in.

        Raises:
            ConfigurationError: if there is none, or several to choose from.
        """
        definition = recordtype.djelme
        if using == "default" and using not in self.all_backends:
            using = None  # as the DSL calls what is used where nothing is named
        chosen = definition.options.using if using is None else using
        return self.all_backends.name_for(definition.label, definition.imp_name, chosen)

    def backend_names_of(self, recordtype: type[RecordType]) -> list[str]:
        """Return the names of all backends that could keep a record type: those of its imp."""
        return self.all_backends.names_of(recordtype.djelme.imp_name)

    def recordtypes_by_backend(
        self, app_label: str | None = None
    ) -> dict[str, list[type[RecordType]]]:
        """Return record types by the name of their backend; those without one are left out.

        Args:
            app_label: label of the app whose types are asked for; None for all.
        """
        by_backend: dict[str, list[type[RecordType]]] = {}
        for recordtype in self.each_recordtype(app_label):
            with contextlib.suppress(ConfigurationError):  # the system checks report it
                by_backend.setdefault(self.backend_name_for(recordtype), []).append(recordtype)
        return by_backend

    @contextlib.contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Forget the record types that were declared in the block if it raises."""
        before = {label: dict(of_app) for label, of_app in self._recordtypes.items()}
        undoing: list[Callable[[], object]] = []
        outer, self._undoing = self._undoing, undoing
        try:
            yield
        except BaseException:
            self._recordtypes = before
            self.placements.clear()
            for undo in undoing:
                undo()
            raise
        else:
            if outer is not None:
                outer.extend(undoing)
        finally:
            self._undoing = outer

    def on_failure(self, undo: Callable[[], object]) -> None:
        """Call something if the surrounding block of `all_or_nothing` raises.

        Args:
            undo: forgets what is declared beside record types; never called outside of a block.
        """
        if self._undoing is not None:
            self._undoing.append(undo)

    @contextlib.contextmanager
    def isolated(self) -> Iterator[None]:
        """Forget, when the block ends, the record types that were declared in it."""
        before = {label: dict(of_app) for label, of_app in self._recordtypes.items()}
        try:
            yield
        finally:
            self._recordtypes = before
            self.placements.clear()

    @contextlib.contextmanager
    def isolated_names(self, prefix: str) -> Iterator[None]:
        """Put a prefix before the names of all indexes and templates within the block."""
        before, self.name_prefix = self.name_prefix, prefix
        self.placements.clear()
        try:
            yield
        finally:
            self.name_prefix = before
            self.placements.clear()


def _require_text(given: object) -> None:
    if not isinstance(given, str):
        msg = f"labels of apps and names of record types are strings, not {type(given).__name__}"
        raise TypeError(msg)


djelme_registry = DjelmeRegistry()
#: The same, by the name that django-elasticsearch-metrics has always had for it.
registry = djelme_registry
