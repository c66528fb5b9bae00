"""Double-clicks on what Elasticsearch 8 indexes in another form than it was stored."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, ClassVar

import pytest
from elasticsearch8.dsl import Keyword

from djelme.errors import RecordTypeError
from elasticsearch_metrics.imps.elastic8 import CountedUsageRecord, mapped_field

if TYPE_CHECKING:
    from djelme_testing.conformance import Site

START = datetime.datetime(2026, 11, 23, 10, 1, tzinfo=datetime.timezone.utc)


def _at(second: float) -> datetime.datetime:
    return START + datetime.timedelta(seconds=second)


def test_items_that_are_normalised_alike_are_different_ones(site: Site) -> None:
    class Usage:
        item_iri: str = mapped_field(Keyword(normalizer="lowercase"), default="")

    usage = site.declare(Usage, CountedUsageRecord)
    usage.sync_index_template()
    usage.bulk_record(
        {"item_iri": iri, "sessionhour_id": "s", "timestamp": _at(second)}
        for iri in ("urn:aBc", "urn:AbC")
        for second in (5, 6)
    )
    assert usage.filter_double_clicks("2026", "2027") == 2
    usage.refresh()
    assert sorted(hit.item_iri for hit in usage.search()) == ["urn:AbC", "urn:aBc"]


def test_an_index_without_source_is_refused(site: Site) -> None:
    """One that was made before the type kept its ``_source``: nothing of it is deleted."""

    class Usage:
        class Index:
            settings: ClassVar[dict[str, int]] = {"number_of_shards": 1, "number_of_replicas": 0}

    usage = site.declare(Usage, CountedUsageRecord)
    usage.sync_index_template()
    template = usage.get_timeseries_template().to_dict()["template"]
    mappings = {**template["mappings"], "_source": {"enabled": False}}
    index = usage(sessionhour_id="s", timestamp=START).djelme_index_name()
    site.backend.request("PUT", f"/{index}", body={"mappings": mappings})
    usage.bulk_record(
        {"item_iri": f"urn:{item}", "sessionhour_id": "s", "timestamp": _at(item)}
        for item in range(3)
    )
    with pytest.raises(RecordTypeError, match=index):
        usage.filter_double_clicks("2026", "2027")
    usage.refresh()
    assert usage.search().count() == 3
