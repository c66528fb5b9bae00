"""Load imps, make backends, and choose the backend of a record type."""

from __future__ import annotations

import importlib
import re
from importlib import metadata
from typing import TYPE_CHECKING, Any

from djelme import process
from djelme.contracts import Backend, Imp
from djelme.errors import BackendNotFoundError, ConfigurationError
from djelme.redaction import redact_text
from djelme.suggestion import choices, suggestion
from elasticsearch_metrics.conf import backend_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from elasticsearch_metrics.conf import BackendSettings

__all__ = ("BackendHandler", "load_imp")

_DISTRIBUTION = "django-elasticsearch-metrics"
_EXTRA_OF_IMP = re.compile(r"elastic\d+")
_PUBLISHED_IMPS = "elasticsearch_metrics.imps."


def load_imp(settings: BackendSettings) -> Imp:
    """Import the imp that a backend names.

    Raises:
        ConfigurationError: if it can't be imported or isn't an imp.
    """
    where = f"DJELME_BACKENDS[{settings.name!r}]"
    try:
        module = importlib.import_module(settings.imp_name)
    except ImportError as error:
        msg = (
            f"{where}: imp {settings.imp_name!r} can't be imported ({error}); "
            f"{_advice(settings.imp_name)}"
        )
        raise ConfigurationError(msg) from error
    if not isinstance(module, Imp):
        msg = (
            f"{where}: {settings.imp_name!r} is no imp: it lacks `djelme_backend` or "
            f"`djelme_option_names`"
        )
        raise ConfigurationError(msg)
    return module


def _advice(imp_name: str) -> str:
    """Return what to do about an imp that can't be imported."""
    extras = _extras_of_imps()
    asked = imp_name.removeprefix(_PUBLISHED_IMPS)
    if asked != imp_name and _EXTRA_OF_IMP.fullmatch(asked):
        install = f"install it with: pip install '{_DISTRIBUTION}[{asked}]'"
        if asked in extras:
            return install
        return f"this version has {_names(extras)} only; if another one has it, {install}"
    published = [f"{_PUBLISHED_IMPS}{extra}" for extra in extras]
    advice = suggestion(imp_name, published)
    return advice or "install the package that has it, or correct the path"


def _extras_of_imps() -> list[str]:
    """Return the extras that bring an imp: each is called as its module is."""
    try:
        extras = metadata.metadata(_DISTRIBUTION).get_all("Provides-Extra") or []
    except metadata.PackageNotFoundError:  # a copy of the sources, which nothing was installed from
        return []
    return [extra for extra in extras if _EXTRA_OF_IMP.fullmatch(extra)]


class BackendHandler:
    """The backends of ``DJELME_BACKENDS``, made at first use and kept.

    A mapping of names, as `django.db.connections` is.

    Args:
        prepare: called with each backend before anybody else gets it.
    """

    def __init__(self, prepare: Callable[[Backend], object] = lambda _backend: None) -> None:
        self._prepare = prepare
        self._made: dict[str, Backend] = {}
        self._lock = process.Lock()

    def __iter__(self) -> Iterator[str]:
        return iter(backend_settings())

    def __contains__(self, name: object) -> bool:
        return name in backend_settings()

    def __getitem__(self, name: str) -> Backend:
        """Return a backend by its name.

        Raises:
            ConfigurationError: if there is none, or if its settings are wrong.
        """
        if not isinstance(name, str):
            msg = f"a backend is named by a str, not {type(name).__name__} {_shown(name)}"
            raise BackendNotFoundError(msg)
        made = self._made.get(name)
        if made is not None:
            return made
        configured = backend_settings()
        if name not in configured:
            msg = f"there is no backend {name!r} in DJELME_BACKENDS {choices(name, configured)}"
            raise BackendNotFoundError(msg)
        # Imports and the imp's own code may warn and log, so they run without the lock. Of several
        # that are made at the same moment the first one stays; the others have opened nothing.
        settings = configured[name]
        backend = load_imp(settings).djelme_backend(name, settings.options)
        self._prepare(backend)
        with self._lock.held:
            return self._made.setdefault(name, backend)

    def names_of(self, imp_name: str) -> list[str]:
        """Return the names of an imp's backends."""
        configured = backend_settings().items()
        return [name for name, settings in configured if settings.imp_name == imp_name]

    def name_for(self, recordtype: str, imp_name: str, using: str | None) -> str:
        """Choose the name of a record type's backend.

        Args:
            recordtype: label of the record type, for messages.
            imp_name: path of the imp that its class comes from.
            using: the backend that was asked for, None to take the only one of the imp.

        Raises:
            ConfigurationError: if there is no such backend, if it belongs to another imp, or if
                there are several to choose from.
        """
        configured = backend_settings()
        of_imp = self.names_of(imp_name)
        if using is None:
            if len(of_imp) == 1:
                return of_imp[0]
            found = f"several ({_names(of_imp)})" if of_imp else "none"
            advice = "name one as `using` in the type's `class Index`" if of_imp else "add one"
            msg = (
                f"{recordtype} needs a backend with {imp_name!r} in DJELME_BACKENDS and there is "
                f"{found}; {advice}"
            )
            raise ConfigurationError(msg)
        if not isinstance(using, str):
            msg = f"{recordtype}: `using` should be the name of a backend, not {_shown(using)}"
            raise ConfigurationError(msg)
        if using not in configured:
            msg = (
                f"{recordtype} uses backend {using!r}, which is not in DJELME_BACKENDS "
                f"{choices(using, configured)}"
            )
            raise BackendNotFoundError(msg)
        if using not in of_imp:
            msg = (
                f"{recordtype} comes from {imp_name!r} but its backend {using!r} in "
                f"DJELME_BACKENDS is for {configured[using].imp_name!r}; use one of: "
                f"{_names(of_imp)}"
            )
            raise ConfigurationError(msg)
        return using

    def reset(self) -> None:
        """Close all backends; they are made anew, from the settings, when next used."""
        with self._lock.held:
            made, self._made = self._made, {}
        for backend in made.values():
            backend.delivery.close()
            backend.close()


def _shown(value: object) -> str:
    """Return what was given for a name; a client may show its password."""
    return redact_text(f"{value!r:.80}")


def _names(names: Any) -> str:
    return ", ".join(map(repr, names)) or "none"
