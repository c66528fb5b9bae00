from __future__ import annotations

from pathlib import Path

import opensearchpy

from elasticsearch_metrics.imps import opensearch


def test_it_is_an_adapter_and_nothing_more() -> None:
    """What is written here has to be written again for the next product."""
    lines = [
        line
        for path in Path(opensearch.__file__).parent.glob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    assert len(lines) < 120


def test_its_client_is_made_without_a_connection() -> None:
    backend = opensearch.djelme_backend("os2", {"hosts": "http://127.0.0.1:1"})
    assert isinstance(backend.client, opensearchpy.OpenSearch)
    backend.close()
