"""A cluster of Elasticsearch 6."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from elasticsearch_metrics.backend.option import check_option_names
from elasticsearch_metrics.backend.rest import RestBackend
from elasticsearch_metrics.backend.template import flatten_template_parts
from elasticsearch_metrics.backend.template_override import LegacyOverrides
from elasticsearch_metrics.imps.elastic6.client import (
    Client,
    client_option_names,
    count_nodes,
    make_client,
    not_found,
    send_request,
)
from elasticsearch_metrics.imps.elastic6.record_fault import RECORD_FAULTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ("Elastic6Backend", "djelme_backend", "djelme_option_names")


def djelme_option_names() -> frozenset[str]:
    """Return the names of the options that the client takes."""
    return client_option_names({})


def djelme_backend(backend_name: str, imp_kwargs: Mapping[str, Any]) -> Elastic6Backend:
    """Make a backend without connecting to it.

    Args:
        backend_name: key in ``DJELME_BACKENDS``.
        imp_kwargs: keyword arguments of `elasticsearch6.Elasticsearch`, and djelme's own.

    Raises:
        djelme.errors.ConfigurationError: if an option is unknown or wrong.
    """
    check_option_names(backend_name, imp_kwargs, client_option_names(imp_kwargs))
    return Elastic6Backend(backend_name, imp_kwargs)


class Elastic6Backend(LegacyOverrides, RestBackend):
    """A cluster of Elasticsearch 6, asked by the client of the same version."""

    send_request = staticmethod(send_request)
    count_nodes = staticmethod(count_nodes)
    make_not_found = staticmethod(not_found)
    sniffing_option = "sniff_on_connection_fail"
    record_faults = RECORD_FAULTS
    document_type = "doc"
    calendar_interval = "interval"
    counts_partly = False

    def make_client(self, options: Mapping[str, Any]) -> Client:
        """Return a client, which connects when it is first used."""
        return make_client(self.name, options)

    @property
    def client(self) -> Client:
        """The client of this process."""
        client: Client = super().client
        return client

    def get_template(self, name: str) -> Mapping[str, Any] | None:
        """Return the body of a legacy index template, None if it doesn't exist."""
        answer: Mapping[str, Any] | None = self.found_or_none(f"{self.template_path}/{name}")
        return answer[name] if answer else None

    def make_template(
        self,
        patterns: Sequence[str],
        *,
        settings: Mapping[str, Any],
        mapping: Mapping[str, Any],
        priority: int,
    ) -> dict[str, Any]:
        """Return the body of an index template that isn't that of a record type."""
        return {
            "index_patterns": list(patterns),
            "order": priority,
            "settings": settings,
            "mappings": {self.document_type: mapping},
        }

    def flatten_template(self, body: Mapping[str, Any]) -> dict[str, str]:
        """Return what djelme declares of a template by dotted path."""
        mappings = body.get("mappings") or {}
        return flatten_template_parts(
            patterns=body["index_patterns"],
            settings=body.get("settings"),
            mappings=mappings.get(self.document_type, mappings),
            aliases=body.get("aliases"),
            legacy=True,
            order=body.get("order", 0),
        )
