"""The examples of the documentation: each page is followed on real clusters."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from documentation.project import make_project

if TYPE_CHECKING:
    import pytest
    from documentation.page import Page

    from djelme_testing.cluster import Cluster


_READING = Path(__file__).parent / "reading"


def test_page_can_be_followed(
    page: Page, tmp_path: Path, djelme_index_prefix: str, request: pytest.FixtureRequest
) -> None:
    clusters: dict[str, Cluster] = {
        imp: request.getfixturevalue(f"elasticsearch{imp[-1]}_cluster") for imp in page.imps
    }
    places = {
        f"elasticsearch_metrics.imps.{imp}": cluster.client_options
        for imp, cluster in clusters.items()
    }
    project = tmp_path / "project"
    make_project(page, project, places, djelme_index_prefix)
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "documentation.follow", str(page.path), djelme_index_prefix],
        cwd=project,
        env={
            **os.environ,
            "PYTHONPATH": str(_READING),
            "XDG_STATE_HOME": str(tmp_path / "state"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_fragments_are_python(pages: list[Page]) -> None:
    for page in pages:
        for block in page.blocks:
            if (block.is_fragment or block.path) and block.language == "python":
                ast.parse(block.text, f"{page.name}:{block.line}")
