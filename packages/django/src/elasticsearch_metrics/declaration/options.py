"""What a record type states in its ``class Meta`` and ``class Index``."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from django.utils.functional import Promise

from djelme.errors import RecordTypeError
from djelme.timedepth import Timedepth

__all__ = ("RecordOptions", "abstract_meta")

#: Names that the published library has for the same.
_ALIASES = {
    "timeseries_index_timedepth": "timedepth",
    "timeseries_index_expiration": "expiration",
    "timeseries_recordtype_name": "recordtype_name",
}
#: Never taken over from a parent: each class has its own.
_OWN = (
    "abstract",
    "recordtype_name",
    "template",
    "template_name",
    "verbose_name",
    "verbose_name_plural",
)
_NAIVE_DATETIMES = ("utc", "refuse")


@dataclass(frozen=True)
class RecordOptions:
    """The options of one record type, in ``class Meta`` unless said otherwise.

    Attributes:
        abstract: whether the class is only there to be inherited from.
        app_label: the Django app it belongs to; by default the app that holds its module.
        timedepth: how many parts of time its index names have (1 year … 4 hour); None for
            ``DJELME_DEFAULT_TIMEDEPTH``. Also ``timeseries_index_timedepth``.
        template_name: name of its index template, and what its index names begin with.
        template: pattern of its index template.
        expiration: how long records are kept. Also ``timeseries_index_expiration``.
        index_name_prefix: put before all of its names, instead of the backend's default.
        recordtype_name: used in names in place of the class's. Also ``timeseries_recordtype_name``.
        keep_until_reported: whether its indexes are kept until every report that counts the type
            is built and fresh.
        naive_datetimes: ``"utc"`` takes datetimes without time zone as UTC, ``"refuse"`` makes
            them a `RecordValidationError`.
        verbose_name: what a record is called on pages, such as ``"download"``; by default the
            class's name in words.
        verbose_name_plural: the same of several; by default with an "s".
        labels: what fields are called on pages, by their names (dotted for subfields), as in
            ``{"item_id": "item"}``; by default the name, with spaces for underscores. These and
            the two names may be lazy translations.
        mapping: further entries of the mapping, such as ``source`` and ``dynamic``.
        using: in ``class Index``: name of its backend.
        index: the other entries of ``class Index``: ``settings``, ``analyzers``, ``aliases``.
    """

    abstract: bool = False
    app_label: str | None = None
    timedepth: Timedepth | None = None
    template_name: str | None = None
    template: str | None = None
    expiration: datetime.timedelta | None = None
    index_name_prefix: str | None = None
    recordtype_name: str | None = None
    keep_until_reported: bool = False
    naive_datetimes: str = "utc"
    verbose_name: str | None = None
    verbose_name_plural: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    mapping: dict[str, Any] = field(default_factory=dict)
    using: str | None = None
    index: dict[str, Any] = field(default_factory=dict)

    def extended(
        self,
        recordtype: str,
        meta: type | None,
        index: type | None,
        *,
        mapping_names: frozenset[str],
    ) -> RecordOptions:
        """Return the options of a class that inherits these.

        Args:
            recordtype: name of the class, for messages.
            meta: its ``class Meta``.
            index: its ``class Index``.
            mapping_names: what ``class Meta`` may state of the mapping.

        Raises:
            RecordTypeError: for an unknown option or a value of the wrong type.
        """
        own: dict[str, Any] = {name: _DEFAULTS[name] for name in _OWN}
        stated = _stated(meta)
        own["abstract"] = bool(vars(meta).get("abstract", False)) if meta else False
        stated.pop("abstract", None)
        mapping = {**self.mapping}
        for name, value in stated.items():
            canonical = _ALIASES.get(name, name)
            if name in mapping_names:
                mapping[name] = value
            elif canonical in _META_TYPES:
                own[canonical] = _checked(recordtype, name, canonical, value)
            else:
                known = sorted({*_META_TYPES, *_ALIASES, *mapping_names, "abstract"})
                msg = f"class Meta has an unknown option {name!r} (known: {', '.join(known)})"
                raise RecordTypeError(msg, recordtype=recordtype)
        own["mapping"] = mapping
        own["labels"] = {**self.labels, **(own.get("labels") or {})}
        own |= self._extended_index(recordtype, index)
        return replace(self, **own)

    def _extended_index(self, recordtype: str, index: type | None) -> dict[str, Any]:
        stated = _stated(index)
        using = stated.pop("using", self.using)
        unknown = stated.keys() - _INDEX_NAMES
        if unknown:
            msg = (
                f"class Index has an unknown option {min(unknown)!r} (known: "
                f"{', '.join(sorted({*_INDEX_NAMES, 'using'}))}); the names of indexes come from "
                f"class Meta"
            )
            raise RecordTypeError(msg, recordtype=recordtype)
        if using is not None and not isinstance(using, str):
            msg = f"Index.using should be the name of a backend, not {using!r}"
            raise RecordTypeError(msg, recordtype=recordtype)
        return {"using": using, "index": {**self.index, **stated}}


_DEFAULTS = {item.name: item.default for item in fields(RecordOptions)}
_INDEX_NAMES = frozenset({"aliases", "analyzers", "settings"})
_META_TYPES: dict[str, type | tuple[type, ...]] = {
    "app_label": str,
    "timedepth": Timedepth,
    "template_name": str,
    "template": str,
    "expiration": datetime.timedelta,
    "index_name_prefix": str,
    "keep_until_reported": bool,
    "recordtype_name": str,
    "naive_datetimes": str,
    "verbose_name": (str, Promise),
    "verbose_name_plural": (str, Promise),
    "labels": Mapping,
}


def _stated(inner: type | None) -> dict[str, Any]:
    """Return the public attributes of an inner class and of those that it inherits from."""
    return {
        name: value
        for cls in reversed(inner.__mro__[:-1] if inner else ())
        for name, value in vars(cls).items()
        if not name.startswith("_")
    }


def _checked(recordtype: str, name: str, canonical: str, value: Any) -> Any:
    wanted = _META_TYPES[canonical]
    if canonical == "timedepth":
        try:
            return Timedepth.parse(value)
        except (TypeError, ValueError) as error:
            msg = f"Meta.{name}: {error}"
            raise RecordTypeError(msg, recordtype=recordtype) from error
    right = f"a {(wanted[0] if isinstance(wanted, tuple) else wanted).__name__}"
    fits = isinstance(value, wanted)
    if canonical == "labels":
        right = "a dict of the fields' names and what they are called"
        fits = fits and all(
            isinstance(text, (str, Promise)) for pair in value.items() for text in pair
        )
    if canonical == "naive_datetimes":
        right, fits = " or ".join(map(repr, _NAIVE_DATETIMES)), value in _NAIVE_DATETIMES
    if canonical == "expiration":
        right, fits = "a positive timedelta", fits and value > datetime.timedelta()
    if not fits and value is not None:
        msg = f"Meta.{name} should be {right}, not {value!r}"
        raise RecordTypeError(msg, recordtype=recordtype)
    return value


def abstract_meta(**options: Any) -> Any:
    """Return the ``class Meta`` of a type that is only there to be inherited from.

    As a value, it lets a site's own ``class Meta`` take its place in the eyes of type checkers,
    which a nested class wouldn't.
    """
    return type("Meta", (), {"abstract": True, **options})
