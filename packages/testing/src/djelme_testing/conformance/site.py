"""A Django site in small: backends on a cluster, and record types that one test declares."""

from __future__ import annotations

import contextlib
import importlib
import time
import types
from typing import TYPE_CHECKING, Any
from unittest import mock

from django.test import override_settings

from djelme.errors import RecordTypeError
from djelme_testing.cleaning import random_prefix
from elasticsearch_metrics.index.setup_guard import setup_guard
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from djelme.contracts import Backend

__all__ = ("APP_LABEL", "BACKEND", "Body", "Site")

#: The app of the record types that state none.
APP_LABEL = "myapp"
#: The name of the only backend, unless a test configures more.
BACKEND = "main"
#: What Python itself puts into every class.
_OF_CLASSES = {"__dict__", "__firstlineno__", "__static_attributes__", "__weakref__"}


class _BodyMeta(type):
    """Lets type checkers see everything that record types have on the bodies that become them."""

    if TYPE_CHECKING:

        def __getattr__(cls, name: str) -> Any: ...


class Body(metaclass=_BodyMeta):
    """What the body of a record type inherits from, before `Site.declare` has made a type of it.

    Only type checkers need it: they look at the class, not at what the decorator returns.
    """

    if TYPE_CHECKING:

        def __init__(self, **values: Any) -> None: ...
        def __getattr__(self, name: str) -> Any: ...


class Site:
    """What a test of an imp works with.

    Args:
        imp_name: path of the imp's module.
        options: of its backend, as in ``DJELME_BACKENDS``.
        prefix: what the names of all indexes and templates begin with.

    Attributes:
        imp: the imp's module.
    """

    def __init__(self, imp_name: str, options: Mapping[str, Any], prefix: str) -> None:
        self.imp: Any = importlib.import_module(imp_name)
        self.imp_name = imp_name
        self.options = dict(options)
        self.prefix = prefix
        self._declared: list[Any] = []
        self._registrations = contextlib.ExitStack()

    @classmethod
    @contextlib.contextmanager
    def opened(cls, imp_name: str, options: Mapping[str, Any]) -> Iterator[Site]:
        """Give a site; when the block ends, what it left on the cluster is deleted."""
        site = cls(imp_name, options, random_prefix())
        with site.entered():
            try:
                yield site
            finally:
                site.clean()

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Use this site's backend and names, and forget afterwards what was declared."""
        with (
            self.configured({BACKEND: self.options}),
            djelme_registry.isolated_names(self.prefix),
            self._registrations,
        ):
            self._registrations.enter_context(djelme_registry.isolated())
            yield

    @contextlib.contextmanager
    def configured(
        self, backends: Mapping[str, Mapping[str, Any]], **settings: Any
    ) -> Iterator[None]:
        """Use other settings within a block.

        Args:
            backends: options by name of the backend; all of them are of the site's imp.
            **settings: Django's settings.
        """
        entries = {name: {self.imp_name: dict(options)} for name, options in backends.items()}
        with override_settings(DJELME_BACKENDS=entries, **settings):
            djelme_registry.reset()
            try:
                yield
            finally:
                djelme_registry.reset()
        # Names may depend on settings, so they are worked out anew with those from before.
        djelme_registry.reset()

    @property
    def backend(self) -> Backend:
        """The site's backend."""
        return djelme_registry.get_backend(BACKEND)

    def name(self, name: str) -> str:
        """Return how the cluster names what a site without a prefix would name so."""
        return f"{self.prefix}{name}"

    def declare(self, body: type, base: Any = None) -> Any:
        """Return a record type with the body of a class; a decorator.

        Args:
            body: what would stand in the record type's class. Without ``Meta.app_label`` it
                belongs to the app `APP_LABEL`.
            base: what it inherits from, by default the imp's ``EventRecord``.
        """
        base = self.imp.EventRecord if base is None else base
        namespace = {name: value for name, value in vars(body).items() if name not in _OF_CLASSES}
        if not (base.djelme.options.app_label or hasattr(namespace.get("Meta"), "app_label")):
            meta = namespace.get("Meta", object)
            stated = {} if meta is object else dict(vars(meta))
            stated = {name: value for name, value in stated.items() if name not in _OF_CLASSES}
            namespace["Meta"] = type("Meta", (), {**stated, "app_label": APP_LABEL})
        if not hasattr(body, "Index") and base.djelme.options.index == {}:
            # Elasticsearch 6 would make five shards, which takes its time.
            settings = {"number_of_shards": 1, "number_of_replicas": 0}
            namespace["Index"] = type("Index", (), {"settings": settings})
        recordtype: Any = types.new_class(
            body.__name__, (base,), exec_body=lambda made: made.update(namespace)
        )
        if not recordtype.djelme.options.abstract:
            self._declared.append(recordtype)
        return recordtype

    def inherit(self, base: Any) -> Callable[[type], Any]:
        """Return a decorator like `declare` for a class that inherits from another type."""
        return lambda body: self.declare(body, base)

    def set_up(self, body: type) -> Any:
        """Declare a record type and create its template; a decorator."""
        recordtype = self.declare(body)
        recordtype.sync_index_template()
        return recordtype

    def forget_declarations(self) -> None:
        """Let the next record types have the names of those that were declared so far."""
        self._registrations.close()
        self._registrations.enter_context(djelme_registry.isolated())

    @contextlib.contextmanager
    def later(self, seconds: float) -> Iterator[None]:
        """Let so many seconds have passed, for what is trusted for a while only."""
        now = time.monotonic() + seconds
        with mock.patch.object(setup_guard, "_clock", return_value=now):
            yield

    def index_names(self) -> list[str]:
        """Return the names of all indexes that this site has on the cluster."""
        return [status.name for status in self.backend.list_indexes((f"{self.prefix}*",))]

    def clean(self) -> None:
        """Delete this site's indexes and templates."""
        self.backend.delete_indexes(self.index_names())
        for recordtype in self._declared:
            with contextlib.suppress(RecordTypeError):  # names that no engine takes
                name = recordtype.get_timeseries_template_name()
                self.backend.delete_template(name)
