"""A site on the shared cluster of each imp."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import override_settings

from djelme_testing.backend_settings import imp_major
from djelme_testing.conformance import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "the secret of the tests"


@pytest.fixture
def site(imp_name: str, request: pytest.FixtureRequest) -> Iterator[Site]:
    """A site with one backend and no record types."""
    cluster = request.getfixturevalue(f"elasticsearch{imp_major(imp_name)}_cluster")
    with (
        override_settings(DJELME_SESSION_SECRET=SECRET),
        Site.opened(imp_name, cluster.client_options) as site,
    ):
        yield site
