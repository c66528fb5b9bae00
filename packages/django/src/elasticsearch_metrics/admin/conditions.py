"""Conditions on records: the forms for them, and how they are in the addresses of pages."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from djelme.timeparts import format_timestamp
from elasticsearch_metrics.admin.condition import OPERATORS, searchable_fields
from elasticsearch_metrics.admin.forms import MAX_VALUE, ConditionForm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elasticsearch_metrics.admin.condition import Condition
    from elasticsearch_metrics.declaration.contract import RecordType

__all__ = ("Conditions", "value_text")

#: Most conditions at a time.
_MAX_CONDITIONS = 5
_NAMES = ("field", "operator", "value")
_PREFIXES = tuple(f"c{place}" for place in range(_MAX_CONDITIONS))


@dataclass(frozen=True)
class Conditions:
    """Conditions that all have to hold.

    Attributes:
        recordtype: whose records are looked for.
        forms: of the conditions that were given, and an empty one for another.
        parameters: of the conditions that were given, as in the address of a page.
    """

    recordtype: type[RecordType]
    forms: list[ConditionForm]
    parameters: Mapping[str, str]

    @classmethod
    def read(cls, recordtype: type[RecordType], query: Mapping[str, Any]) -> Conditions:
        """Return the conditions that the address of a page has.

        Args:
            recordtype: whose records are looked for.
            query: of the address.
        """
        used = [
            prefix
            for prefix in _PREFIXES
            if any(query.get(f"{prefix}-{name}") for name in ("field", "value"))
        ]
        forms = [ConditionForm(recordtype, query, prefix=prefix) for prefix in used]
        free = next((prefix for prefix in _PREFIXES if prefix not in used), None)
        if free is not None:
            forms.append(ConditionForm(recordtype, {}, prefix=free))
        parameters = {
            name: query[name]
            for prefix in used
            for part in _NAMES
            if (name := f"{prefix}-{part}") in query
        }
        return cls(recordtype, forms, parameters)

    def is_valid(self) -> bool:
        """Return whether all of them can be asked for; the forms know what is wrong."""
        # Each one has to be checked to show its errors.
        return all([form.is_valid() for form in self.forms])  # noqa: C419

    @property
    def found(self) -> list[Condition]:
        """The conditions, once they are known to be valid."""
        return [form.condition for form in self.forms if form.condition is not None]

    @property
    def queries(self) -> list[dict[str, Any]]:
        """The same as queries, as Elasticsearch takes them."""
        return [
            {"bool": {"must_not": [condition.query]}} if condition.negated else {**condition.query}
            for condition in self.found
        ]

    def narrowed(self, field: str, value: Any) -> dict[str, str] | None:
        """Return the parameters with one more condition; None if there can't be such a one.

        Args:
            field: name of the field.
            value: that it has; None for none.
        """
        operator, text = ("unset", "") if value is None else ("is", value_text(value))
        kind = searchable_fields(self.recordtype).get(field)
        if kind is None or len(text) > MAX_VALUE or "\0" in text:
            return None
        if value is not None and kind not in OPERATORS[0].kinds:
            return None
        condition = (field, operator, text)
        for prefix in _PREFIXES:
            given = tuple(self.parameters.get(f"{prefix}-{name}", "") for name in _NAMES)
            if given == condition:
                return {**self.parameters}
            if not any(given):
                added = zip(_NAMES, condition, strict=True)
                return {**self.parameters, **{f"{prefix}-{name}": part for name, part in added}}
        return None


def value_text(value: Any) -> str:
    """Return a value as somebody would type it.

    >>> value_text(True), value_text(7), value_text("a b")
    ('true', '7', 'a b')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return format_timestamp(value)
    return str(value)
