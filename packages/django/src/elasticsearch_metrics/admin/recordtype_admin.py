"""Put the pages about record types into Django's admin.

Record types are no models, and pages of the admin belong to models: to be listed, to be linked
from the menu, to have permissions and to be part of a site of one's own (``AdminSite.register``).
So there is an unmanaged model without a table and without migrations,
`elasticsearch_metrics.recordtype.model.RecordType`, whose admin has other pages than others have.
It is registered with the default site; for another one::

    my_site.register(RecordType, RecordTypeAdmin)

Who may see what is up to two permissions, ``view_recordtype`` for figures and health, and
``view_records`` for what records hold; ``build_reports`` lets somebody have reports built. Nothing
here can be added, changed or deleted.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpResponse
from django.urls import path
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from djelme.errors import ConfigurationError, DjelmeError
from elasticsearch_metrics.admin.download import DOWNLOADS, download
from elasticsearch_metrics.admin.export import export_records
from elasticsearch_metrics.admin.figures import read_figures
from elasticsearch_metrics.admin.forms import INTERVAL_NAMES
from elasticsearch_metrics.admin.health import delivery_health
from elasticsearch_metrics.admin.index_month import index_months
from elasticsearch_metrics.admin.moment import local_text, minute_text, zone_name
from elasticsearch_metrics.admin.report_pages import ReportPages
from elasticsearch_metrics.admin.search_page import SearchPage
from elasticsearch_metrics.admin.sparkline import read_sparklines
from elasticsearch_metrics.admin.summary import backend_names, summarize
from elasticsearch_metrics.backend.deadline import answered_within
from elasticsearch_metrics.health.panel import panels
from elasticsearch_metrics.health.probe import reach_backends
from elasticsearch_metrics.recordtype.model import RecordType
from elasticsearch_metrics.recordtype.timeseries import utcnow
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.report import is_report

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.template.response import TemplateResponse
    from django.urls import URLPattern

    from elasticsearch_metrics.admin.health import DeliveryHealth

__all__ = ("RecordTypeAdmin",)

_UNAVAILABLE = HTTPStatus.SERVICE_UNAVAILABLE.value


@admin.register(RecordType)
class RecordTypeAdmin(ReportPages):
    """Shows record types and their records."""

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
            path("<str:label>/cycles/", wrapped(self.cycles_view), name=f"{name}_cycles"),
            path("<str:label>/cycles/<str:cycle>/", wrapped(self.build_view), name=f"{name}_build"),
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
            sparklines = read_sparklines(recordtypes, reaches, now)
        context = {
            "title": _("Record types"),
            "rows": [
                (summary, sparklines.get(summary.label))
                for summary in sorted(summaries, key=lambda summary: summary.label)
            ],
            "zone": zone_name(),
            "backends": [
                (name, reach, _delivery(name, is_away=bool(reach.problem)))
                for name, reach in sorted(reaches.items())
            ],
            **(extra_context or {}),
        }
        return self._page(request, "change_list", context, [(self._plural, "")])

    def figures_view(self, request: HttpRequest, label: str) -> HttpResponse:
        """Show the figures and the health of one record type."""
        self._require(allowed=self.has_view_permission(request))
        recordtype, now = self._recordtype(label), utcnow()
        related = [other for panel in panels for other in panel.related(recordtype)]
        reaches = reach_backends(backend_names([recordtype, *related]))
        kind = request.GET.get("format", "")
        may_see_records = self.has_view_records_permission(request)
        records_url = self._url("records", label) if may_see_records else ""
        with answered_within(self.answer_time):
            summary = summarize(recordtype, reaches, now)
            figures = read_figures(request, summary, records_url)
            if kind in DOWNLOADS:
                return download(kind, request.GET.get("table", ""), summary, figures)
            unreachable = {name: reach.problem for name, reach in reaches.items() if reach.problem}
            panel_rows = [
                (panel.template_name, row)
                for panel in panels
                for row in panel.rows(recordtype, unreachable)
            ]
        histogram, totals = figures.histogram, summary.totals
        newest = totals.newest if totals else None
        context = {
            "title": summary.name,
            "subtitle": None,
            "summary": summary,
            "figures": figures,
            "interval_name": INTERVAL_NAMES[histogram.interval.name] if histogram else "",
            "newest": minute_text(newest) if newest else "",
            "newest_local": local_text(newest) if newest else "",
            "zone": zone_name(),
            "delivery": _delivery(summary.backend, is_away=summary.is_away),
            "panel_rows": panel_rows,
            "months": index_months(summary.indexes),
            "search_url": figures.search_url,
            "cycles_url": self._url("cycles", label) if is_report(recordtype) else "",
        }
        crumbs = [(self._plural, self._url("changelist")), (summary.name, "")]
        return self._page(request, "figures", context, crumbs)

    def records_view(self, request: HttpRequest, label: str) -> HttpResponseBase:
        """Search records of one type."""
        self._require(allowed=self.has_view_records_permission(request))
        recordtype = self._recordtype(label)
        reaches = reach_backends(backend_names([recordtype]))
        with answered_within(self.answer_time):
            page = SearchPage.read(request, recordtype, reaches)
            if request.GET.get("format") == "csv" and not page.problem:
                return self._export(request, page)
            page.search(self.answer_time)
        name = capfirst(recordtype.djelme.verbose_name_plural)
        context = {
            "title": _("Search: %(name)s") % {"name": name},
            "label": label,
            "page": page,
            "zone": zone_name(),
        }
        crumbs = [(name, ""), (_("Records"), "")]
        if self.has_view_permission(request):
            overview, figures = self._url("changelist"), self._url("figures", label)
            crumbs = [(self._plural, overview), (name, figures), (_("Records"), "")]
        return self._page(request, "records", context, crumbs)

    def _export(self, request: HttpRequest, page: SearchPage) -> HttpResponseBase:
        """Return the records of a search as a file."""
        try:
            return export_records(
                request, page.recordtype, page.conditions.found, page.bounds, self.answer_time
            )
        except DjelmeError as error:
            plain = "text/plain; charset=utf-8"
            return HttpResponse(str(error), status=_UNAVAILABLE, content_type=plain)


def _delivery(backend_name: str, *, is_away: bool) -> DeliveryHealth | None:
    """Return how records get to a backend; None if it has wrong settings, which is said anyway."""
    try:
        return delivery_health(backend_name, is_away=is_away)
    except ConfigurationError:
        return None
