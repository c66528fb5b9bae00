"""What the pages of the admin about record types have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from django.http import HttpRequest

    from elasticsearch_metrics.declaration import contract
    from elasticsearch_metrics.recordtype.model import RecordType

    _Admin = admin.ModelAdmin[RecordType]
else:
    _Admin = admin.ModelAdmin

__all__ = ("RecordTypePages",)

_TEMPLATES = "admin/elasticsearch_metrics/recordtype"


class RecordTypePages(_Admin):
    """Makes pages below the list of record types, and knows their addresses.

    Attributes:
        answer_time: how long the answers of clusters that can be reached may take for one page, in
            seconds. Whether they can be reached is found out within two seconds anyway.
    """

    answer_time = 10.0

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
