"""A cluster of Elasticsearch 8."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from elasticsearch_metrics.backend.option import check_option_names
from elasticsearch_metrics.backend.rest import RestBackend
from elasticsearch_metrics.backend.template import flatten_template_parts
from elasticsearch_metrics.backend.template_override import ComposableOverrides
from elasticsearch_metrics.imps.elastic8.client import (
    CLIENT_OPTION_NAMES,
    asend_request,
    count_nodes,
    make_async_client,
    make_client,
    not_found,
    send_request,
)
from elasticsearch_metrics.imps.elastic8.record_fault import RECORD_FAULTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elasticsearch8 import AsyncElasticsearch, Elasticsearch

__all__ = ("Elastic8Backend", "djelme_backend", "djelme_option_names")


def djelme_option_names() -> frozenset[str]:
    """Return the names of the options that the client takes."""
    return CLIENT_OPTION_NAMES


def djelme_backend(backend_name: str, imp_kwargs: Mapping[str, Any]) -> Elastic8Backend:
    """Make a backend without connecting to it.

    Args:
        backend_name: key in ``DJELME_BACKENDS``.
        imp_kwargs: keyword arguments of `elasticsearch8.Elasticsearch`, and djelme's own.

    Raises:
        djelme.errors.ConfigurationError: if an option is unknown or wrong.
    """
    check_option_names(backend_name, imp_kwargs, CLIENT_OPTION_NAMES)
    return Elastic8Backend(backend_name, imp_kwargs)


class Elastic8Backend(ComposableOverrides, RestBackend):
    """A cluster of Elasticsearch 8, asked by the client of the same version."""

    send_request = staticmethod(send_request)
    count_nodes = staticmethod(count_nodes)
    make_not_found = staticmethod(not_found)
    record_faults = RECORD_FAULTS

    def make_client(self, options: Mapping[str, Any]) -> Elasticsearch:
        """Return a client, which connects when it is first used."""
        return make_client(self.name, options)

    def make_async_client(self, options: Mapping[str, Any]) -> AsyncElasticsearch:
        """Return an asynchronous client, which connects when it is first used."""
        return make_async_client(self.name, options)

    @property
    def client(self) -> Elasticsearch:
        """The client of this process."""
        client: Elasticsearch = super().client
        return client

    async def arequest(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Any:
        """Send one request on the running event loop and return the parsed answer."""
        return await asend_request(
            self.async_client, self.name, method, path, params=params, body=body, timeout=timeout
        )

    def get_template(self, name: str) -> Mapping[str, Any] | None:
        """Return the body of a composable index template, None if it doesn't exist."""
        answer = self.found_or_none(f"{self.template_path}/{name}")
        return answer["index_templates"][0]["index_template"] if answer else None

    def flatten_template(self, body: Mapping[str, Any]) -> dict[str, str]:
        """Return what djelme declares of a template by dotted path."""
        template = body.get("template", {})
        return flatten_template_parts(
            patterns=body["index_patterns"],
            settings=template.get("settings"),
            mappings=template.get("mappings"),
            aliases=template.get("aliases"),
            priority=body.get("priority", 0),
            allow_auto_create=body.get("allow_auto_create", False),
        )
