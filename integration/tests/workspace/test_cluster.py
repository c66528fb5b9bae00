"""Clusters that cells share: what is said of one that can't be started."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workspace import cluster
from workspace.cell import Cell
from workspace.matrix import outcome_words, run_cells
from workspace.report import NOT_RUN

if TYPE_CHECKING:
    from pathlib import Path

REFUSAL = """#!/bin/sh
echo 'djelme-cluster: Elasticsearch 9.5.3 comes embedded, without Docker: no daemon' >&2
echo 'djelme-cluster: no JDK 21 or newer for Elasticsearch 9.5.3' >&2
echo '  tried: JAVA_HOME: Java 17, needs 21 or newer' >&2
exit 1
"""


@pytest.fixture
def refusing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a djelme-cluster in place that finds no JDK."""
    program = tmp_path / "bin" / "djelme-cluster"
    program.parent.mkdir()
    program.write_text(REFUSAL)
    program.chmod(0o755)
    monkeypatch.setattr(cluster, "environment_folder", lambda name: tmp_path if name else None)
    monkeypatch.delenv("ELASTICSEARCH9_URL", raising=False)


@pytest.mark.usefixtures("refusing")
def test_cells_without_a_cluster_are_not_run_and_say_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("workspace.matrix.find_interpreter", lambda name: f"/bin/{name}")
    cell = Cell("matrix.python3.12-5.2-9", "python3.12", "5.2", "9")
    (result,) = run_cells([cell])
    assert result.status == NOT_RUN
    assert outcome_words(result) == "not run: no JDK 21 or newer for Elasticsearch 9.5.3"
    assert "tried: JAVA_HOME: Java 17" in capsys.readouterr().out
