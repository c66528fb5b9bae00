"""A document of the source, as a migration's ``convert`` sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from djelme.field import FieldSpec

__all__ = ("Hit", "HitMeta")


@dataclass(slots=True)
class HitMeta:
    """Where a document is.

    Attributes:
        index: name of its index.
        id: its document id; None for a record that was never stored in the source.
    """

    index: str
    id: str | None


class Hit(Mapping[str, Any]):
    """The values of one document by field: moments in UTC, dates, members of enumerations.

    As a mapping it has the fields that are there; as attributes it has all that the record type
    declares, None or an empty list where the document lacks one.

    Attributes:
        meta: where the document is.

    >>> from djelme.field import FieldSpec, Kind
    >>> tags = FieldSpec("tags", Kind.KEYWORD, multi=True)
    >>> hit = Hit({"tags": tags}, HitMeta("an_index", "an id"), {"n": 5})
    >>> hit["n"], hit.tags, {**hit, "more": True}
    (5, [], {'n': 5, 'more': True})
    """

    __slots__ = ("_fields", "_values", "meta")

    def __init__(
        self, fields: Mapping[str, FieldSpec], meta: HitMeta, values: Mapping[str, Any]
    ) -> None:
        self._fields = fields
        self._values = values
        self.meta = meta

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self._values:
            return self._values[name]
        spec = self._fields.get(name)
        if spec is None:
            msg = f"the source has no field {name!r} (it has: {', '.join(self._fields)})"
            raise AttributeError(msg)
        return [] if spec.multi else None

    def __repr__(self) -> str:
        return f"<Hit {self.meta.id!r} of {self.meta.index!r}>"
