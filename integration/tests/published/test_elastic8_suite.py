"""The published version's own tests pass, but for those that are about inner details."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from djelme_testing.cluster import Cluster

pytestmark = pytest.mark.slow  # fetches the tests

SCRIPT = Path(__file__).parents[3] / "scripts" / "published-suite"


def test_the_published_tests_fail_by_inner_details_only(elasticsearch8_cluster: Cluster) -> None:
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, str(SCRIPT)],
        env={**os.environ, "ELASTICSEARCH8_URL": elasticsearch8_cluster.url},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.rstrip().endswith(" 0 unexpected")
