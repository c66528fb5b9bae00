"""The pages about the cycles of reports, for the admin of record types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from djelme.errors import DjelmeError
from elasticsearch_metrics.admin.cycles import find_cycle, read_cycles, start_build
from elasticsearch_metrics.admin.page import RecordTypePages
from elasticsearch_metrics.admin.summary import backend_names
from elasticsearch_metrics.backend.deadline import answered_within
from elasticsearch_metrics.health.probe import reach_backends
from elasticsearch_metrics.recordtype.model import RecordType
from elasticsearch_metrics.report import is_report

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from elasticsearch_metrics.report.cycle import Cycle


__all__ = ("ReportPages",)


class ReportPages(RecordTypePages):
    """A part of `elasticsearch_metrics.admin.recordtype_admin.RecordTypeAdmin`."""

    def has_build_reports_permission(self, request: HttpRequest) -> bool:
        """Return whether somebody may have reports built."""
        user: Any = request.user
        return bool(user.has_perm(f"{self.opts.app_label}.build_reports"))

    def cycles_view(self, request: HttpRequest, label: str) -> HttpResponseBase:
        """Show how the cycles of a report stand."""
        self._require(allowed=self.has_view_permission(request))
        report = self._report(label)
        problem, page = "", None
        source = report.report_definition.source
        reach = reach_backends(backend_names([report] if source is None else [report, source]))
        away = [each.problem for each in reach.values() if each.problem]
        if away:
            problem = away[0]
        else:
            try:
                with answered_within(self.answer_time):
                    page = read_cycles(report, request.GET.get("p", "1"))
            except DjelmeError as error:
                problem = str(error)
        context = {
            "title": _("Cycles: %(name)s") % {"name": self._name(report)},
            "label": label,
            "definition": report.report_definition,
            "page": page,
            "problem": problem,
            "may_build": self.has_build_reports_permission(request),
        }
        return self._page(request, "cycles", context, self._crumbs(report, (_("Cycles"), "")))

    def build_view(self, request: HttpRequest, label: str, cycle: str) -> HttpResponseBase:
        """Ask whether a cycle is to be built, and build it when that was confirmed."""
        self._require(allowed=self.has_view_permission(request))
        self._require(allowed=self.has_build_reports_permission(request))
        report = self._report(label)
        found = find_cycle(report, cycle)
        if found is None:
            msg = f"{label} has no cycle of that name"
            raise Http404(msg)
        if request.method == "POST":
            return self._start(request, report, found)
        crumbs = [(_("Cycles"), self._url("cycles", label)), (_("Build %s") % found, "")]
        context = {
            "title": _("Build %(name)s on %(cycle)s?")
            % {"name": self._name(report), "cycle": found},
            "label": label,
            "cycle": found,
        }
        return self._page(request, "build", context, self._crumbs(report, *crumbs))

    def _start(self, request: HttpRequest, report: Any, cycle: Cycle) -> HttpResponseBase:
        label = report.djelme.label
        start_build(report, cycle)
        self.log_change(request, RecordType(label=label), _("Had the report on %s built.") % cycle)
        messages.success(
            request,
            _("The report on %s is being built; this page shows how far it is.") % cycle,
        )
        return HttpResponseRedirect(self._url("cycles", label))

    def _crumbs(self, report: Any, *crumbs: tuple[str, str]) -> list[tuple[str, str]]:
        return [
            (self._plural, self._url("changelist")),
            (self._name(report), self._url("figures", report.djelme.label)),
            *crumbs,
        ]

    def _report(self, label: str) -> Any:
        """Return a report by its label.

        Raises:
            Http404: if there is none.
        """
        recordtype = self._recordtype(label)
        if not is_report(recordtype):
            msg = f"{label} is no report that is built from records"
            raise Http404(msg)
        return recordtype

    @staticmethod
    def _name(report: Any) -> str:
        return capfirst(str(report.djelme.verbose_name_plural))
