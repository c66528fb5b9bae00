from __future__ import annotations

import datetime

from elasticsearch_metrics.admin.index_month import index_months
from elasticsearch_metrics.lifecycle.retention import IndexReport


def test_there_are_none() -> None:
    assert index_months([]) is None


def test_days_are_summed_by_month_latest_first() -> None:
    expiry = datetime.datetime(2026, 12, 31, tzinfo=datetime.timezone.utc)
    names = ["i_2026.10.30", "i_2026.10.31", "i_2026.11.01"]
    reports = [
        IndexReport(name, 2, 10, 1, expiry=expiry, is_expired=name < "i_2026.11") for name in names
    ]
    found = index_months(reports)
    assert found is not None
    november, october = found.months
    assert [month.name for month in found.months] == ["2026-11", "2026-10"]
    assert [row.report.name for row in october.indexes] == ["i_2026.10.31", "i_2026.10.30"]
    assert (october.documents, october.bytes, october.shards, october.expired) == (4, 20, 2, 2)
    assert november.expired == 0
    assert november.expiry == "2026-12-31 00:00"
    assert (found.total.documents, found.total.bytes, found.left_out) == (6, 30, 0)


def test_a_long_list_ends() -> None:
    reports = [IndexReport(f"i_{year}", 1, 1, 1) for year in range(1900, 2000)]
    found = index_months(reports)
    assert found is not None
    assert found.months[0].name == "1999"
    assert (len(found.months), found.left_out, found.total.documents) == (60, 40, 100)
