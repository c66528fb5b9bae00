"""What django-elasticsearch-metrics 2026.0 called the attributes of a backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from djelme.contracts import Backend
from elasticsearch_metrics.util.published_name import refuse_gone, warn_renamed

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ("PublishedBackend",)


class PublishedBackend(Backend):
    """A backend with its old names; each warns of the new one."""

    if TYPE_CHECKING:

        @property
        def client(self) -> Any: ...  # noqa: D102 - `RestConnection` has it

    def djelme_backend_name(self) -> str:
        """Return the name of the backend."""
        warn_renamed("djelme_backend_name()", "name")
        return self.name

    def djelme_imp_kwargs(self) -> NoReturn:
        """Refuse; there may be passwords in it."""
        refuse_gone(
            "djelme_imp_kwargs()",
            "it holds passwords; read them in django.conf.settings.DJELME_BACKENDS",
        )

    @property
    def elastic_client(self) -> Any:
        """The client of this process."""
        warn_renamed("elastic_client", "client")
        return self.client

    def djelme_setup(self, recordtypes: Iterable[Any]) -> None:
        """Set record types up in this backend."""
        warn_renamed("djelme_setup()", "sync_index_template() of each record type")
        for recordtype in recordtypes:
            recordtype.init(using=self.name)

    def djelme_teardown(self, recordtypes: Iterable[Any]) -> None:
        """Delete all indexes and index templates of record types in this backend."""
        warn_renamed("djelme_teardown()", "the fixtures of djelme_testing")
        for recordtype in recordtypes:
            recordtype.do_teardown(using=self.name)
