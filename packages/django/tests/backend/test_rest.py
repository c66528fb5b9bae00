from __future__ import annotations

import pytest

from djelme.operation import Operation, Outcome
from elasticsearch_metrics.backend.answer import reason_of
from elasticsearch_metrics.backend.outcome import many_outcomes

QUOTED = '[index {[usage_2026][doc][id-1], source[{"user":"s3cret"}]}]'


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ({"type": "a_exception", "reason": "so"}, "a_exception: so"),
        ({"error": {"type": "a", "reason": "so", "caused_by": {"type": "b"}}}, "a: so (b: None)"),
        ("no such thing", "no such thing"),
        (
            {
                "type": "unavailable_shards_exception",
                "reason": "[usage_2026][0] primary shard is not active Timeout: [1m], request: "
                f"[BulkShardRequest [[usage_2026][0]] containing {QUOTED}]",
            },
            (
                "unavailable_shards_exception: [usage_2026][0] primary shard is not active "
                "Timeout: [1m]"
            ),
        ),
        (
            {
                "type": "es_rejected_execution_exception",
                "reason": "rejected execution of processing of [9][indices:data/write/bulk[s][p]]: "
                f"request: BulkShardRequest [[usage_2026][0]] containing {QUOTED}, target x",
            },
            (
                "es_rejected_execution_exception: rejected execution of processing of "
                "[9][indices:data/write/bulk[s][p]]"
            ),
        ),
    ],
)
def test_reasons_never_quote_the_request(error: object, reason: str) -> None:
    assert reason_of(error) == reason


@pytest.mark.parametrize(
    ("kind", "status"),
    [("cluster_block_exception", 403), ("es_rejected_execution_exception", 429)],
)
def test_an_index_that_is_blocked_is_not_a_server_that_is_busy(kind: str, status: int) -> None:
    """Since 7.8, both have the same status."""
    item = {"status": 429, "error": {"type": kind, "reason": "so"}}
    operation = Operation("usage_2026", "id-1", b"{}")
    answer = {"items": [{"create": item}]}
    assert many_outcomes([operation], answer) == [Outcome(status, f"{kind}: so", created=False)]
