"""Put the pages about record types into Django's admin.

Record types are no models, and pages of the admin belong to models: to be listed, to be linked
from the menu, to have permissions and to be part of a site of one's own (``AdminSite.register``).
So there is an unmanaged model without a table and without migrations,
`elasticsearch_metrics.recordtype.model.RecordType`, whose admin has other pages than others have.
It is registered with the default site; for another one::

    my_site.register(RecordType, RecordTypeAdmin)

Who may see what is up to two permissions, ``view_recordtype`` for figures and health, and
``view_records`` for what records hold. Nothing here can be added, changed or deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from djelme.errors import ConfigurationError
from elasticsearch_metrics.admin.figures import as_csv, as_json, quick_ranges, read_figures
from elasticsearch_metrics.admin.forms import INTERVAL_NAMES
from elasticsearch_metrics.admin.health import delivery_health
from elasticsearch_metrics.admin.moment import minute_text
from elasticsearch_metrics.admin.search_page import SearchPage
from elasticsearch_metrics.admin.summary import backend_names, summarize
from elasticsearch_metrics.backend.deadline import answered_within
from elasticsearch_metrics.health.panel import panels
from elasticsearch_metrics.health.probe import reach_backends
from elasticsearch_metrics.recordtype.model import RecordType
from elasticsearch_metrics.recordtype.timeseries import utcnow
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse, HttpResponseBase
    from django.urls import URLPattern

    from elasticsearch_metrics.admin.health import DeliveryHealth
    from elasticsearch_metrics.declaration import contract

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
        is_download = request.GET.get("format") in {"csv", "json"}
        with answered_within(self.answer_time):
            summary = summarize(recordtype, reaches, now)
            figures = read_figures(request, summary)
            if is_download:
                make = as_csv if request.GET["format"] == "csv" else as_json
                return make(summary, figures)
            unreachable = {name: reach.problem for name, reach in reaches.items() if reach.problem}
            panel_rows = [
                (panel.template_name, row)
                for panel in panels
                for row in panel.rows(recordtype, unreachable)
            ]
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
            "delivery": _delivery(summary.backend, is_away=summary.is_away),
            "panel_rows": panel_rows,
            "indexes": [
                {"report": report, "expiry": minute_text(report.expiry) if report.expiry else ""}
                for report in summary.indexes[::-1][:_MAX_INDEXES]
            ],
            "indexes_left_out": max(0, len(summary.indexes) - _MAX_INDEXES),
            "records_url": self._url("records", label)
            if self.has_view_records_permission(request)
            else "",
        }
        crumbs = [(self._plural, self._url("changelist")), (label, "")]
        return self._page(request, "figures", context, crumbs)

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
        }
        crumbs = [(label, ""), (_("Records"), "")]
        if self.has_view_permission(request):
            overview, figures = self._url("changelist"), self._url("figures", label)
            crumbs = [(self._plural, overview), (label, figures), (_("Records"), "")]
        return self._page(request, "records", context, crumbs)

    def _page(
        self,
        request: HttpRequest,
        name: str,
        context: dict[str, Any],
        crumbs: list[tuple[str, str]],
    ) -> TemplateResponse:
        """Return a page.

        Args:
            request: that it answers.
            name: of the template.
            context: what only this page has.
            crumbs: names and addresses of the way to it, below the app; no address for none.
        """
        request.current_app = self.admin_site.name
        app_label = self.opts.app_label
        way = [
            (_("Home"), self._reverse("index")),
            (str(self.opts.app_config.verbose_name), self._reverse("app_list", app_label)),
            *crumbs,
        ]
        everywhere = {
            "opts": self.opts,
            "media": self.media,
            "crumbs": way,
            # Since then, breadcrumbs are a list, and tools stand beside the title.
            "is_since_django_6_1": django.VERSION >= (6, 1),
        }
        return TemplateResponse(
            request,
            f"{_TEMPLATES}/{name}.html",
            {**self.admin_site.each_context(request), **everywhere, **context},
        )

    @property
    def _plural(self) -> str:
        return capfirst(str(self.opts.verbose_name_plural))

    def _url(self, page: str, *arguments: str) -> str:
        """Return the address of one of the pages here."""
        return self._reverse(f"{self.opts.app_label}_{self.opts.model_name}_{page}", *arguments)

    def _reverse(self, name: str, *arguments: str) -> str:
        return reverse(f"admin:{name}", args=arguments, current_app=self.admin_site.name)

    @staticmethod
    def _recordtype(label: str) -> type[contract.RecordType]:
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


def _delivery(backend_name: str, *, is_away: bool) -> DeliveryHealth | None:
    """Return how records get to a backend; None if it has wrong settings, which is said anyway."""
    try:
        return delivery_health(backend_name, is_away=is_away)
    except ConfigurationError:
        return None
