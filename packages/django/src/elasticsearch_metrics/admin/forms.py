"""The forms of the admin pages, all of them sent by GET."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from djelme.interval import INTERVALS
from djelme.timeparts import parse_when
from elasticsearch_metrics.admin.condition import (
    OPERATORS,
    Condition,
    Operator,
    searchable_fields,
)

if TYPE_CHECKING:
    import datetime

    from elasticsearch_metrics.declaration.contract import RecordType

__all__ = ("INTERVAL_NAMES", "ConditionForm", "FiguresForm", "MomentField", "RangeForm")

_MAX_MOMENT = 40
_MAX_VALUE = 1_000

INTERVAL_NAMES = {
    "year": _("year"),
    "quarter": _("quarter"),
    "month": _("month"),
    "week": _("week"),
    "day": _("day"),
    "hour": _("hour"),
    "minute": _("minute"),
}


class MomentField(forms.Field):
    """A moment in UTC: a year, a month, a day, or a time of a day."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput({"placeholder": "2026-11-23", "size": 18, "class": "vTextField"})
        super().__init__(required=False, widget=widget, **options)

    def to_python(self, value: Any) -> Any:
        """Return a datetime, None for an empty text."""
        text = (value or "").strip()
        if not text:
            return None
        try:
            if len(text) <= _MAX_MOMENT:
                return parse_when(text)
        except ValueError:
            pass  # the same message
        msg = _("Give a date or time such as 2026-11, 2026-11-23 or 2026-11-23T04:05.")
        raise forms.ValidationError(msg, code="invalid")


class RangeForm(forms.Form):
    """A range of time, half-open."""

    since = MomentField(label=_("From"))
    before = MomentField(label=_("Before"))

    def clean(self) -> dict[str, Any]:
        """Check that the range doesn't end before it begins."""
        cleaned: dict[str, Any] = super().clean() or {}
        since, before = cleaned.get("since"), cleaned.get("before")
        if since is not None and before is not None and since > before:
            msg = _("The range ends before it begins.")
            self.add_error("before", forms.ValidationError(msg, code="order"))
        return cleaned

    @property
    def bounds(self) -> tuple[datetime.datetime | None, datetime.datetime | None]:
        """The bounds of a valid range; None for an open end."""
        return self.cleaned_data.get("since"), self.cleaned_data.get("before")


class FiguresForm(RangeForm):
    """A range of time, and how to cut it into periods."""

    interval = forms.ChoiceField(
        label=_("By"),
        required=False,
        choices=lambda: [
            ("", _("what fits")),
            *((name, INTERVAL_NAMES[name]) for name in INTERVALS),
        ],
    )


class ConditionForm(forms.Form):
    """A condition on one field of a record type.

    Args:
        recordtype: the record type.
        *arguments: of every form.
        **options: of every form.
    """

    field = forms.ChoiceField(label=_("Field"), required=False)
    operator = forms.ChoiceField(
        label=_("Condition"),
        required=False,
        choices=lambda: [(operator.name, operator.label) for operator in OPERATORS],
    )
    value = forms.CharField(
        label=_("Value"),
        required=False,
        max_length=_MAX_VALUE,
        strip=False,
        widget=forms.TextInput({"class": "vTextField"}),
    )

    def __init__(self, recordtype: type[RecordType], *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._searchable = searchable_fields(recordtype)
        choices: Any = [("", "---------"), *((name, name) for name in self._searchable)]
        self.fields["field"].choices = choices  # type: ignore[attr-defined] # a ChoiceField
        self.condition: Condition | None = None

    def clean(self) -> dict[str, Any]:
        """Make the condition, if a field was chosen."""
        cleaned: dict[str, Any] = super().clean() or {}
        name = cleaned.get("field")
        if name and "operator" in cleaned and "value" in cleaned:
            operator = Operator.named(cleaned["operator"])
            kind = self._searchable[name]
            try:
                self.condition = Condition.make(name, kind, operator, cleaned["value"])
            except forms.ValidationError as error:
                self.add_error("value", error)
        elif not name and cleaned.get("value"):
            msg = _("Choose a field for this value.")
            self.add_error("field", forms.ValidationError(msg, code="required"))
        return cleaned
