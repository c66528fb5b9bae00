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
from elasticsearch_metrics.admin.link import RANGE_NAMES, changed
from elasticsearch_metrics.admin.moment import url_text
from elasticsearch_metrics.admin.range import RANGES, end_of, inclusive_text
from elasticsearch_metrics.recordtype.timeseries import utcnow
from elasticsearch_metrics.statistics.field import countable_fields

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from django.utils.functional import _StrPromise

    from elasticsearch_metrics.admin.range import NamedRange
    from elasticsearch_metrics.declaration.contract import RecordType

__all__ = (
    "INTERVAL_NAMES",
    "MAX_VALUE",
    "ConditionForm",
    "FiguresForm",
    "MomentField",
    "RangeForm",
    "ValuesForm",
)

_MAX_MOMENT = 40
MAX_VALUE = 1_000

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
    """A moment in UTC: a year, a month, a day, or a time of a day.

    Args:
        is_end: whether the moment is the end of what was typed, instead of its beginning.
        **options: of every field.
    """

    def __init__(self, *, is_end: bool = False, **options: Any) -> None:
        widget = forms.TextInput({"placeholder": "2026-11-23", "size": 18, "class": "vTextField"})
        super().__init__(required=False, widget=widget, **options)
        self._read: Callable[[str], datetime.datetime] = end_of if is_end else parse_when

    def to_python(self, value: Any) -> Any:
        """Return a datetime, None for an empty text."""
        text = (value or "").strip()
        if not text:
            return None
        try:
            if len(text) <= _MAX_MOMENT:
                return self._read(text)
        except ValueError:
            pass  # the same message
        msg = _("Give a date or time such as 2026-11, 2026-11-23 or 2026-11-23T04:05.")
        raise forms.ValidationError(msg, code="invalid")


class RangeForm(forms.Form):
    """A range of time, whose last day or moment belongs to it.

    A range that has a name can be given by it, as ``range``; bounds that are given, too, come
    first. Scripts may give ``before``, the first moment after the range, in place of ``to``.

    Args:
        data: what was sent; None for nothing.
        now: the present moment, which ranges with names depend on; naive ones are UTC.
        **options: of every form.

    Attributes:
        named: the range that was given by its name; None for another one.
    """

    since = MomentField(label=_("From"))
    to = MomentField(label=_("To"), is_end=True)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        now: datetime.datetime | None = None,
        **options: Any,
    ) -> None:
        given = {} if data is None else {name: data[name] for name in data}
        self.named: NamedRange | None = None
        self._unknown = ""
        before = given.get("before")
        if before and not given.get("to"):
            given["to"] = _inclusive(before)
        if given.get("range") and not (given.get("since") or given.get("to")):
            self.named = RANGES.get(given["range"])
            self._unknown = "" if self.named else given["range"]
        if self.named is not None:
            since, end = self.named.bounds(now or utcnow())
            given["since"] = url_text(since) if since else ""
            given["to"] = inclusive_text(end) if end else ""
        super().__init__(None if data is None else given, **options)

    def clean(self) -> dict[str, Any]:
        """Check that the range doesn't end before it begins."""
        cleaned: dict[str, Any] = super().clean() or {}
        since, end = cleaned.get("since"), cleaned.get("to")
        if since is not None and end is not None and since >= end:
            msg = _("The range ends before it begins.")
            self.add_error("to", forms.ValidationError(msg, code="order"))
        if self._unknown:
            unknown = _("There is no such range; there are: %(names)s.")
            names = {"names": ", ".join(RANGES)}
            self.add_error("since", forms.ValidationError(unknown, code="range", params=names))
        return cleaned

    @property
    def bounds(self) -> tuple[datetime.datetime | None, datetime.datetime | None]:
        """The bounds of a valid range, half-open and in UTC; None for an open end."""
        return self.cleaned_data.get("since"), self.cleaned_data.get("to")

    def links(self, query: Mapping[str, str]) -> Iterator[tuple[_StrPromise, str, bool]]:
        """Yield the ranges that have names: what they are called, addresses, which one is given.

        Args:
            query: of the page's address, which the addresses keep but for the range.
        """
        others: dict[str, str | None] = dict.fromkeys((*RANGE_NAMES, "interval"))
        for found in RANGES.values():
            url = changed(query, **{**others, "range": found.name})
            yield found.label, url, found is self.named


class FiguresForm(RangeForm):
    """A range of time, how to cut it into periods, and what to compare and count beside."""

    interval = forms.ChoiceField(
        label=_("By"),
        required=False,
        choices=lambda: [
            ("", _("what fits")),
            *((name, INTERVAL_NAMES[name]) for name in INTERVALS),
        ],
    )
    compare = forms.ChoiceField(
        label=_("Compare with"),
        required=False,
        choices=[
            ("", _("the period before")),
            ("year", _("the year before")),
            ("none", _("nothing")),
        ],
    )


class ValuesForm(forms.Form):
    """Whose values are counted, and whether they are drawn.

    Args:
        recordtype: the record type.
        *arguments: of every form.
        **options: of every form.
    """

    field = forms.ChoiceField(label=_("Most frequent"), required=False)
    split = forms.BooleanField(label=_("draw them by time"), required=False)

    def __init__(self, recordtype: type[RecordType], *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        choices = [("", "---------"), *field_choices(recordtype, countable_fields(recordtype))]
        self.fields["field"].choices = choices  # type: ignore[attr-defined] # a ChoiceField


def field_choices(recordtype: type[RecordType], names: Iterable[str]) -> list[tuple[str, str]]:
    """Return fields and what they are called, in an order that people find them in."""
    labels = [(name, recordtype.djelme.field_label(name)) for name in names]
    return sorted(labels, key=lambda choice: choice[1].lower())


def _inclusive(before: str) -> str:
    """Return the end of a range as it is shown, or what was given if it can't be read."""
    try:
        return inclusive_text(parse_when(before)) if len(before) <= _MAX_MOMENT else before
    except (ValueError, OverflowError):
        return before


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
        max_length=MAX_VALUE,
        strip=False,
        widget=forms.TextInput({"class": "vTextField"}),
    )

    def __init__(self, recordtype: type[RecordType], *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._searchable = searchable_fields(recordtype)
        choices = [("", "---------"), *field_choices(recordtype, self._searchable)]
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
