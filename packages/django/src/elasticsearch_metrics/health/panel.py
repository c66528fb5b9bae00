"""What other apps show on the admin's page about a record type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from elasticsearch_metrics.declaration.contract import RecordType

__all__ = ("RecordTypePanel", "panels")


class RecordTypePanel(Protocol):
    """A part of the page."""

    @property
    def template_name(self) -> str:
        """The template for one row; it gets the row as ``row``."""

    def related(self, recordtype: type[RecordType]) -> Iterable[type[RecordType]]:
        """Return further record types whose backends the rows ask."""

    def rows(
        self, recordtype: type[RecordType], unreachable: Mapping[str, str]
    ) -> Iterable[object]:
        """Return what to show, in the page's order; nothing if there is nothing to say.

        Args:
            recordtype: the page's.
            unreachable: why backends don't answer, by their names; asking them would be in vain.
        """


#: An app adds its panels when it is ready.
panels: list[RecordTypePanel] = []
