from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from djelme_testing.cleaning import random_prefix
from djelme_testing.request import request_json

if TYPE_CHECKING:
    from pathlib import Path

    from djelme_testing.cluster import Cluster

TEST = """
from djelme_testing.request import request_json

def test_one(elasticsearch8_cluster, djelme_index_prefix):
    request_json(elasticsearch8_cluster.url, f"/{djelme_index_prefix}one", method="PUT")

def test_two(elasticsearch8_cluster, djelme_index_prefix):
    request_json(elasticsearch8_cluster.url, f"/{djelme_index_prefix}two", method="PUT")
    assert "OTHER" in request_json(elasticsearch8_cluster.url, "/*/_settings")
"""


def test_a_test_leaves_nothing_behind_and_takes_nothing_away(
    own_cluster: Cluster, tmp_path: Path
) -> None:
    other = f"{random_prefix()}other"
    request_json(own_cluster.url, f"/{other}", method="PUT")
    before = set(request_json(own_cluster.url, "/*/_settings"))
    (tmp_path / "test_it.py").write_text(TEST.replace("OTHER", other))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--djelme-clusters=url"],
        cwd=tmp_path,
        env={**os.environ, "ELASTICSEARCH8_URL": own_cluster.url},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
    assert f"Elasticsearch 8.19.3 is at {own_cluster.url}" in done.stderr
    assert set(request_json(own_cluster.url, "/*/_settings")) == before
