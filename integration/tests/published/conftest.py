"""The same site on the published django-elasticsearch-metrics 2026.0.6 and on this version.

The published version is installed from the package index into an environment of its own; nothing
of it is kept here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parent / "support"))

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme_testing.cluster import Cluster

PUBLISHED = "django-elasticsearch-metrics[anydjango,elastic8]==2026.0.6"
_SITE = Path(__file__).parent / "site"


@dataclass(frozen=True)
class SiteProcesses:
    """Runs functions of the site, each in a process of its own.

    Attributes:
        python: path of the interpreter that has the library.
        environment: variables for the processes.
    """

    python: str
    environment: dict[str, str]

    def run(self, module: str, function: str, **arguments: Any) -> Any:
        """Call a function and return its result."""
        done = self.start(module, function, **arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def start(
        self, module: str, function: str, **arguments: Any
    ) -> subprocess.CompletedProcess[str]:
        """Call a function and return how its process ended."""
        return subprocess.run(  # noqa: S603 - our own arguments
            [self.python, str(_SITE / "run.py"), module, function, json.dumps(arguments)],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@pytest.fixture(scope="session")
def published_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The interpreter of an environment with the published version."""
    folder = tmp_path_factory.mktemp("published")
    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=120)  # noqa: S603 - our own
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    requirements = [PUBLISHED, "django<6", "elasticsearch8~=8.19.0"]
    subprocess.run([*install, *requirements], check=True, timeout=300)  # noqa: S603 - our own
    return str(python)


@pytest.fixture
def prefix(elasticsearch8_cluster: Cluster) -> Iterator[str]:
    """What the names of the site's indexes begin with; what has them is deleted afterwards."""
    from elasticsearch8 import Elasticsearch

    prefix = f"library{uuid.uuid4().hex[:8]}-"
    yield prefix
    with Elasticsearch(**elasticsearch8_cluster.client_options) as client:
        names = client.cat.indices(index=f"{prefix}*", format="json", h="index")
        for row in names.body:
            client.indices.delete(index=row["index"])
        templates = client.indices.get_index_template()
        for template in templates["index_templates"]:
            if template["name"].startswith(prefix):
                client.indices.delete_index_template(name=template["name"])


@pytest.fixture
def new(prefix: str, elasticsearch8_cluster: Cluster) -> SiteProcesses:
    """The site on this version."""
    return SiteProcesses(sys.executable, _environment(prefix, elasticsearch8_cluster))


@pytest.fixture
def old(prefix: str, elasticsearch8_cluster: Cluster, published_python: str) -> SiteProcesses:
    """The site on the published version."""
    environment = _environment(prefix, elasticsearch8_cluster)
    without = {"LIBRARY_WITHOUT_VERSION_FIELDS": "1", "PYTHONPATH": ""}
    return SiteProcesses(published_python, {**environment, **without})


def _environment(prefix: str, cluster: Cluster) -> dict[str, str]:
    return {"ELASTICSEARCH8_URL": cluster.url, "LIBRARY_PREFIX": prefix}
