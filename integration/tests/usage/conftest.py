"""A site on the cluster of each imp."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache

from djelme_testing.backend_settings import imp_major
from djelme_testing.conformance import Site

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def site(imp_name: str, request: pytest.FixtureRequest) -> Iterator[Site]:
    """A site with one backend, no record types and an empty cache."""
    cluster = request.getfixturevalue(f"elasticsearch{imp_major(imp_name)}_cluster")
    cache.clear()
    with Site.opened(imp_name, cluster.client_options) as site:
        yield site
    cache.clear()
