"""A site on the shared cluster of each imp."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djelme_testing.backend_settings import imp_major
from djelme_testing.conformance import Site
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def site(
    imp_name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    """A site with one backend and no record types."""
    cluster = request.getfixturevalue(f"elasticsearch{imp_major(imp_name)}_cluster")
    monkeypatch.setattr(djelme_registry, "_recordtypes", {})
    with Site.opened(imp_name, cluster.client_options) as site:
        yield site
