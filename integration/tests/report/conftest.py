"""A site on the cluster of each imp, whose state of reports is deleted after each test."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from djelme_testing.backend_settings import imp_major
from djelme_testing.conformance import Site

sys.path.append(str(Path(__file__).parent))
# The wire that a test can cut is there.
sys.path.append(str(Path(__file__).parents[1] / "migration"))

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def site(imp_name: str, request: pytest.FixtureRequest) -> Iterator[Site]:
    """A site with one backend and no record types."""
    cluster = request.getfixturevalue(f"elasticsearch{imp_major(imp_name)}_cluster")
    with Site.opened(imp_name, cluster.client_options) as site:
        yield site
        site.backend.delete_template(site.name("djelme_reports"))
