"""What is missing or outdated in Elasticsearch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djelme.errors.root import DjelmeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from djelme.difference import Difference

__all__ = (
    "DjelmeSetupError",
    "IndexTemplateNotFoundError",
    "IndexTemplateOutOfSyncError",
    "IndexTemplateOverriddenError",
)

SETUP_COMMAND = "python manage.py djelme_backend_setup"


class DjelmeSetupError(DjelmeError):
    """Something is missing or outdated in Elasticsearch that ``djelme_backend_setup`` repairs.

    Attributes:
        recordtype: label of the record type.
        template_name: name of its index template.
        backend: name of the backend that was asked.
    """

    def __init__(self, message: str, *, recordtype: str, template_name: str, backend: str) -> None:
        super().__init__(message)
        self.recordtype = recordtype
        self.template_name = template_name
        self.backend = backend


class IndexTemplateNotFoundError(DjelmeSetupError):
    """The record type's index template doesn't exist.

    Attributes:
        client_error: None; the client's error, where there was one, is the ``__cause__``.
    """

    def __init__(
        self,
        message: str = "",
        client_error: Exception | None = None,
        *,
        recordtype: str = "",
        template_name: str = "",
        backend: str = "",
    ) -> None:
        super().__init__(
            message
            or f"{recordtype}: index template {template_name!r} does not exist in backend "
            f"{backend!r}; create it with: {SETUP_COMMAND}",
            recordtype=recordtype,
            template_name=template_name,
            backend=backend,
        )
        self.client_error = client_error


class IndexTemplateOutOfSyncError(DjelmeSetupError):
    """The record type's index template differs from what the class declares.

    Attributes:
        differences: what differs, one `Difference` per setting or mapping.
    """

    def __init__(
        self,
        *,
        recordtype: str,
        template_name: str,
        backend: str,
        differences: Sequence[Difference],
    ) -> None:
        super().__init__(
            f"{recordtype}: index template {template_name!r} in backend {backend!r} differs from "
            f"the class: {'; '.join(map(str, differences))}. "
            f"Update it with: {SETUP_COMMAND}",
            recordtype=recordtype,
            template_name=template_name,
            backend=backend,
        )
        self.differences = tuple(differences)

    @property
    def mappings_in_sync(self) -> bool:
        """Whether the mappings are the same."""
        return self._in_sync("mappings")

    @property
    def patterns_in_sync(self) -> bool:
        """Whether the index patterns are the same."""
        return self._in_sync("index_patterns")

    @property
    def settings_in_sync(self) -> bool:
        """Whether the settings are the same."""
        return self._in_sync("settings")

    def _in_sync(self, part: str) -> bool:
        return not any(f"{item.path}.".startswith(f"{part}.") for item in self.differences)


class IndexTemplateOverriddenError(IndexTemplateOutOfSyncError):
    """The record type's index template is as the class declares, but others count more.

    Attributes:
        index: name of the index that would be made otherwise than the class declares.
        templates: names of the other index templates, the one that counts most first.
    """

    def __init__(
        self,
        *,
        recordtype: str,
        template_name: str,
        backend: str,
        differences: Sequence[Difference],
        index: str,
        templates: Sequence[str],
    ) -> None:
        DjelmeSetupError.__init__(
            self,
            f"{recordtype}: index template {template_name!r} in backend {backend!r} would not make "
            f"index {index!r} as the class declares, since others are for it too "
            f"({', '.join(map(repr, templates))}): {'; '.join(map(str, differences))}. Give them a "
            f"lower priority or order, or index patterns that don't match it",
            recordtype=recordtype,
            template_name=template_name,
            backend=backend,
        )
        self.differences = tuple(differences)
        self.index = index
        self.templates = tuple(templates)
