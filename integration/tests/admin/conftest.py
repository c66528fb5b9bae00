"""A site with record types in every state, on the shared clusters; the same for all tests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from site_process import serve, silent_server

from djelme_testing.backend_settings import imp_major
from djelme_testing.cleaning import delete_with_prefix, random_prefix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from site_process import SiteProcess

collect_ignore = ["site"]


def _clusters(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the clusters of the tested imps, by the imps' names."""
    from django.conf import settings

    return {
        imp_name.rpartition(".")[2]: request.getfixturevalue(
            f"elasticsearch{imp_major(imp_name)}_cluster"
        )
        for entry in settings.DJELME_BACKENDS.values()
        for imp_name in entry
    }


@pytest.fixture(scope="session")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SiteProcess]:
    """The site; clusters named ``…-away`` never answer."""
    clusters, prefix = _clusters(request), random_prefix()
    imps = {name: f"elasticsearch_metrics.imps.{name}" for name in clusters}
    prefixed = {"djelme_default_index_name_prefix": prefix}
    with silent_server() as silence:
        backends: dict[str, Any] = {}
        for name, cluster in clusters.items():
            backends[name] = {imps[name]: {**cluster.client_options, **prefixed}}
            backends[f"{name}-away"] = {imps[name]: {"hosts": silence, **prefixed}}
        try:
            folder = tmp_path_factory.mktemp("admin")
            with serve(imps, backends, folder / "site.sqlite3") as served:
                yield served
        finally:
            for cluster in clusters.values():
                delete_with_prefix(cluster, prefix)


@pytest.fixture
def title(imp_name: str) -> str:
    """What the names of an imp's record types begin with: "Elastic8"."""
    return imp_name.rpartition(".")[2].capitalize()
