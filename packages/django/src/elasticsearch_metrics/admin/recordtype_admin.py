"""Put the pages about record types into Django's admin.

Record types are no models, and pages of the admin belong to models: to be listed, to be linked
from the menu, to have permissions and to be part of a site of one's own (``AdminSite.register``).
So there is an unmanaged model without a table and without migrations,
`elasticsearch_metrics.recordtype_model.RecordType`, whose admin has other pages than others have.
It is registered with the default site; for another one::

    my_site.register(RecordType, RecordTypeAdmin)

Who may see what is up to two permissions, ``view_recordtype`` for figures and health, and
``view_records`` for what records hold. Nothing here can be added, changed or deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from djelme.errors import ConfigurationError
from elasticsearch_metrics.admin.figures import as_csv, as_json, quick_ranges, read_figures
from elasticsearch_metrics.admin.forms import INTERVAL_NAMES
from elasticsearch_metrics.admin.health import delivery_health, migrations_of, progress_of
from elasticsearch_metrics.admin.moment import minute_text
from elasticsearch_metrics.admin.reach import reach_backends
from elasticsearch_metrics.admin.search_page import SearchPage
from elasticsearch_metrics.admin.summary import backend_names, summarize
from elasticsearch_metrics.deadline import answered_within
from elasticsearch_metrics.recordtype_model import RecordType
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.timeseries import utcnow

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse, HttpResponseBase
    from django.urls import URLPattern

    from elasticsearch_metrics.admin.health import DeliveryHealth
    from elasticsearch_metrics.records import BaseRecord

    _Admin = admin.ModelAdmin[RecordType]
else:
    _Admin = admin.ModelAdmin

__all__ = ("RecordTypeAdmin",)

#: How many indexes are listed; a type with daily ones has thousands.
_MAX_INDEXES = 100
_TEMPLATES = "admin/elasticsearch_metrics/recordtype"


@admin.register(RecordType)
class RecordTypeAdmin(_Admin):
    """Shows record types and their records.

    Attributes:
        answer_time: how long the answers of clusters that can be reached may take for one page, in
            seconds. Whether they can be reached is found out within two seconds anyway.
    """

    answer_time = 10.0

    # Who may see what.

    def has_add_permission(self, *_arguments: Any) -> bool:
        """Return False: record types are declared in code."""
        return False

    def has_change_permission(self, *_arguments: Any) -> bool:
        """Return False: pages only show."""
        return False

    def has_delete_permission(self, *_arguments: Any) -> bool:
        """Return False: pages only show."""
        return False

    def has_view_records_permission(self, request: HttpRequest) -> bool:
        """Return whether somebody may see what records hold."""
        user: Any = request.user
        return bool(user.has_perm(f"{self.opts.app_label}.view_records"))

    # Where the pages are.

    def get_urls(self) -> list[URLPattern]:
        """Return the addresses of the pages."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"

        def wrapped(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
            return self.admin_site.admin_view(view)

        return [
            path("", wrapped(self.changelist_view), name=f"{name}_changelist"),
            path("<str:label>/", wrapped(self.figures_view), name=f"{name}_figures"),
            path("<str:label>/records/", wrapped(self.records_view), name=f"{name}_records"),
        ]

    # The pages.

    def changelist_view(
        self,
        request: HttpRequest,
        extra_context: dict[str, Any] | None = None,
    ) -> TemplateResponse:
        """Show all record types."""
        self._require(allowed=self.has_view_permission(request))
        now = utcnow()
        recordtypes = list(djelme_registry.each_recordtype())
        reaches = reach_backends(backend_names(recordtypes))
        with answered_within(self.answer_time):
            summaries = [summarize(recordtype, reaches, now) for recordtype in recordtypes]
        context = {
            "title": _("Record types"),
            "summaries": sorted(summaries, key=lambda summary: summary.label),
            "backends": [(name, reach, _delivery(name)) for name, reach in sorted(reaches.items())],
            **(extra_context or {}),
        }
        return self._page(request, "change_list", context)

    def figures_view(self, request: HttpRequest, label: str) -> HttpResponse:
        """Show the figures and the health of one record type."""
        self._require(allowed=self.has_view_permission(request))
        recordtype, now = self._recordtype(label), utcnow()
        migrations = list(migrations_of(recordtype))
        sides = {side for migration in migrations for side in (migration.source, migration.target)}
        reaches = reach_backends(backend_names([recordtype, *sides]))
        is_download = request.GET.get("format") in {"csv", "json"}
        with answered_within(self.answer_time):
            summary = summarize(recordtype, reaches, now)
            figures = read_figures(request, summary)
            if is_download:
                make = as_csv if request.GET["format"] == "csv" else as_json
                return make(summary, figures)
            progress = [progress_of(migration, reaches) for migration in migrations]
        histogram, totals = figures.histogram, summary.totals
        context = {
            "title": label,
            "subtitle": None,
            "summary": summary,
            "figures": figures,
            "interval_name": INTERVAL_NAMES[histogram.interval.name] if histogram else "",
            "newest": minute_text(totals.newest) if totals and totals.newest else "",
            "quick_ranges": [
                (name, f"?{urlencode(query)}") for name, query in quick_ranges(now, totals)
            ],
            "query": request.GET.urlencode(),
            "delivery": _delivery(summary.backend),
            "migrations": progress,
            "indexes": [
                {"report": report, "expiry": minute_text(report.expiry) if report.expiry else ""}
                for report in summary.indexes[::-1][:_MAX_INDEXES]
            ],
            "indexes_left_out": max(0, len(summary.indexes) - _MAX_INDEXES),
            "records_url": self._records_url(request, recordtype),
        }
        return self._page(request, "figures", context)

    def records_view(self, request: HttpRequest, label: str) -> TemplateResponse:
        """Search records of one type."""
        self._require(allowed=self.has_view_records_permission(request))
        recordtype = self._recordtype(label)
        reaches = reach_backends(backend_names([recordtype]))
        with answered_within(self.answer_time):
            page = SearchPage.read(request, recordtype, reaches, self.answer_time)
        context = {
            "title": _("Records of %(label)s") % {"label": label},
            "page": page,
            "label": label,
            "may_see_figures": self.has_view_permission(request),
        }
        return self._page(request, "records", context)

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
        request.current_app = self.admin_site.name
        everywhere = {"opts": self.opts, "media": self.media, "has_view_permission": True}
        return TemplateResponse(
            request,
            f"{_TEMPLATES}/{name}.html",
            {**self.admin_site.each_context(request), **everywhere, **context},
        )

    def _records_url(self, request: HttpRequest, recordtype: type[BaseRecord]) -> str:
        """Return the address of the search for records; empty for somebody who may not see it."""
        if not self.has_view_records_permission(request):
            return ""
        return reverse(
            f"admin:{self.opts.app_label}_{self.opts.model_name}_records",
            args=(recordtype.djelme.label,),
            current_app=self.admin_site.name,
        )

    @staticmethod
    def _recordtype(label: str) -> type[BaseRecord]:
        """Return a record type by its label.

        Raises:
            Http404: if there is none.
        """
        app_label, _dot, name = label.rpartition(".")
        try:
            recordtype = djelme_registry.get_recordtype(app_label, name)
        except LookupError as error:
            raise Http404(str(error)) from error
        if recordtype.djelme.label != label:
            msg = "record types have one address each"
            raise Http404(msg)
        return recordtype

    @staticmethod
    def _require(*, allowed: bool) -> None:
        if not allowed:
            raise PermissionDenied


def _delivery(backend_name: str) -> DeliveryHealth | None:
    """Return how records get to a backend; None if it has wrong settings, which is said anyway."""
    try:
        return delivery_health(backend_name)
    except ConfigurationError:
        return None
