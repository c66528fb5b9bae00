"""Tell whether a document of the target is what its origin demands.

Where one side was rebuilt from doc values, the two may differ in what those don't keep (order and
repetition of keywords, the last digits of single-precision numbers); that isn't counted.
"""

from __future__ import annotations

import datetime
import enum
import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from djelme.excerpt import excerpt
from djelme.field import Kind
from djelme.timeparts import format_timestamp
from elasticsearch_metrics.migration.document.layout import Fidelity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from djelme.field import FieldSpec
    from elasticsearch_metrics.migration.document.layout import IndexLayout

__all__ = ("Equality", "FieldDifference")

_SHOWN = 80


@dataclass(frozen=True)
class FieldDifference:
    """A field that differs.

    Attributes:
        field: its name.
        expected: the value that the origin demands, shortened.
        found: the value in the target, shortened.
    """

    field: str
    expected: str
    found: str


class Equality:
    """How documents of the target are compared with what they should be.

    Args:
        fields: the target's.
        source: layout of the index that the origin is in.
        target: layout of the index that the document is in.
        is_default: fields are mapped by name.
    """

    def __init__(
        self,
        fields: Mapping[str, FieldSpec],
        source: IndexLayout,
        target: IndexLayout,
        *,
        is_default: bool,
    ) -> None:
        self._fields = fields
        self._is_loose = not (source.has_source and target.has_source)
        self._skipped: set[str] = set()
        self._skips_absent = False
        for layout in (source, target):
            if layout.has_source:
                continue
            lost = {
                origin.field
                for origin in layout.origins.values()
                if origin.fidelity is Fidelity.LOST
            }
            if layout is source and not is_default:
                # Which of the target's fields depend on a lost one, only convert() knows.
                self._skips_absent = bool(lost)
            else:
                # Of an object, a part may be lost: then it can't be compared.
                self._skipped |= {field.partition(".")[0] for field in lost}

    def differences(
        self, expected: Mapping[str, Any], found: Mapping[str, Any]
    ) -> list[FieldDifference]:
        """Return what differs between two documents, as the target's decoder gives them."""
        if expected == found:
            return []
        differing = []
        for name in sorted(expected.keys() | found.keys()):
            if name in self._skipped:
                continue
            one = self._form(name, expected.get(name))
            other = self._form(name, found.get(name))
            if one == other or (one is None and (self._skips_absent or self._is_made_up(name))):
                continue
            differing.append(
                FieldDifference(name, _shown(expected.get(name)), _shown(found.get(name)))
            )
        return differing

    def _is_made_up(self, name: str) -> bool:
        spec = self._fields.get(name)
        return spec is not None and spec.default_factory is not None

    def _form(self, name: str, value: Any) -> Any:
        """Return a value in the form in which it can be compared; None where there is none."""
        spec = self._fields.get(name)
        kind = Kind.ANY if spec is None else spec.kind
        if isinstance(value, list):
            forms = [_scalar(kind, item) for item in value]
            if self._is_loose:
                forms = sorted(set(forms) if kind in {Kind.KEYWORD, Kind.ANY} else forms, key=repr)
            # Elasticsearch makes no difference between a value and a list of it, or none at all.
            return None if not forms else forms[0] if len(forms) == 1 else forms
        return None if value is None else _scalar(kind, value)


def _scalar(kind: Kind, value: Any) -> Any:
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, datetime.datetime):
        return format_timestamp(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if kind is Kind.FLOAT:
            return struct.pack("f", value)
        return float(value) if kind is Kind.DOUBLE else value
    if isinstance(value, (dict, list)):
        return json.dumps(value, sort_keys=True, default=str)
    return value


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    text = format_timestamp(value) if isinstance(value, datetime.datetime) else repr(value)
    return excerpt(text, _SHOWN)
