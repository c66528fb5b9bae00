"""What only `Metric` has: fields of the DSL, its old methods, its names in a date format."""

from __future__ import annotations

import datetime
import itertools
from typing import TYPE_CHECKING, Any

import pytest

from djelme.errors import (
    ConfigurationError,
    IndexTemplateNotFoundError,
    IndexTemplateOutOfSyncError,
    RecordValidationError,
)
from elasticsearch_metrics import conf, signals
from elasticsearch_metrics.imps.elastic6 import Integer, Keyword, MetaField, Metric

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme_testing.conformance import Site

UTC = datetime.timezone.utc


@pytest.fixture
def page_view(site: Site) -> Any:
    """A metric as it stands in the code of old sites, not set up."""
    return _declare(site)


def _declare(site: Site) -> Any:
    @site.inherit(Metric)
    class PageView:
        user_id = Integer(index=True, doc_values=True)
        path = Keyword()

        class Index:
            settings = {"number_of_shards": 1, "refresh_interval": "5s"}  # noqa: RUF012

    return PageView


def test_a_metric_is_recorded_and_found_with_its_values(site: Site, page_view: Any) -> None:
    page_view.sync_index_template()
    moment = datetime.datetime(2020, 2, 4, 23, 59, 59, 999_000, tzinfo=UTC)
    recorded = page_view.record(moment, user_id=3, path="/")
    assert recorded.meta.index == site.name("myapp_pageview_2020.02.04")
    page_view.refresh()
    (found,) = page_view.search().filter("term", user_id=3)
    assert (found.timestamp, found.user_id, found.path) == (moment, 3, "/")
    assert page_view.search().execute().hits.total == 1


def test_without_a_timestamp_it_is_now(page_view: Any) -> None:
    page_view.sync_index_template()
    before = datetime.datetime.now(UTC) - datetime.timedelta(milliseconds=1)
    instance = page_view(user_id=1)
    instance.timestamp = None
    instance.save()
    stamps = [
        instance.timestamp,
        page_view.record(user_id=1).timestamp,
        page_view.record(None, user_id=1).timestamp,
    ]
    assert page_view.bulk_record([{"user_id": 1, "timestamp": None}]).created == 1
    assert all(before <= stamp <= datetime.datetime.now(UTC) for stamp in stamps)
    page_view.refresh()
    assert page_view.search().filter("range", timestamp={"gte": before.isoformat()}).count() == 4


def test_values_are_checked_before_anything_is_sent(page_view: Any) -> None:
    page_view.sync_index_template()
    with pytest.raises(RecordValidationError, match=r"PageView\.user_id: expected an int"):
        page_view.record(user_id="5")
    assert list(page_view.each_existing_index()) == []


def test_check_index_template(site: Site, page_view: Any) -> None:
    with pytest.raises(IndexTemplateNotFoundError, match="djelme_backend_setup"):
        page_view.check_index_template()
    page_view.sync_index_template()
    assert page_view.check_index_template() is True
    site.forget_declarations()

    @site.inherit(Metric)
    class PageView:
        user_id = Keyword()
        path = Keyword()

        class Index:
            settings = {"number_of_shards": 1, "refresh_interval": "5s"}  # noqa: RUF012

    changed: Any = PageView
    with pytest.raises(IndexTemplateOutOfSyncError, match=r"user_id\.type should be keyword") as e:
        changed.check_index_template()
    assert (e.value.mappings_in_sync, e.value.settings_in_sync, e.value.patterns_in_sync) == (
        False,
        True,
        True,
    )


def test_the_template_is_the_legacy_one_with_one_mapping_type(site: Site, page_view: Any) -> None:
    page_view.sync_index_template()
    backend: Any = site.backend
    answer = backend.request("GET", f"/_template/{page_view._template_name}")
    body = answer[site.name("myapp_pageview")]
    assert body["index_patterns"] == [page_view._template_pattern]
    assert body["settings"]["index"]["refresh_interval"] == "5s"
    assert body["mappings"]["doc"]["_source"] == {"enabled": False}
    assert body["mappings"]["doc"]["dynamic"] == "strict"
    assert body == {**body, **_as_found(page_view.get_index_template().to_dict())}


def _as_found(template: dict[str, Any]) -> dict[str, Any]:
    return {name: template[name] for name in ("index_patterns", "order", "mappings")}


@pytest.fixture
def template_for_all(site: Site) -> Iterator[None]:
    """A template with another opinion, for every index of the site."""
    name = site.name("everything")
    settings = {"number_of_shards": 3, "number_of_replicas": 0}
    body = {"index_patterns": [site.name("*")], "order": 9, "settings": settings}
    site.backend.put_template(name, body)
    yield
    site.backend.delete_template(name)


@pytest.mark.usefixtures("template_for_all")
def test_it_wins_over_a_template_for_all_indexes(site: Site, page_view: Any) -> None:
    page_view.sync_index_template()
    index = page_view.record(user_id=1).meta.index
    backend: Any = site.backend
    settings = backend.request("GET", f"/{index}/_settings")[index]["settings"]["index"]
    assert (settings["number_of_shards"], settings["number_of_replicas"]) == ("1", "0")


def test_init_makes_the_template_and_an_index(page_view: Any) -> None:
    page_view.init()
    page_view.init()  # what exists stays
    page_view.init(index=page_view.get_index_name(datetime.date(2020, 1, 2)))
    assert [status.name for status in page_view.each_existing_index()] == [
        page_view.get_index_name(datetime.date(2020, 1, 2)),
        page_view.get_index_name(),
    ]


def test_signals(page_view: Any) -> None:
    seen: list[Any] = []

    def note(signal: Any, sender: Any, **about: Any) -> None:
        seen.append((signal, sender, about["using"], about.get("instance") or about.get("index")))

    expected = [
        signals.pre_index_template_create,
        signals.post_index_template_create,
        signals.pre_save,
        signals.post_save,
    ]
    for signal in expected:
        signal.connect(note, sender=page_view)
    page_view.sync_index_template()
    page_view.record(user_id=1)
    assert [(signal, sender, using) for signal, sender, using, _ in seen] == [
        (signal, page_view, "main") for signal in expected
    ]
    assert seen[3][3].user_id == 1


def test_meta_source_keeps_the_source(site: Site) -> None:
    @site.inherit(Metric)
    class Kept:
        tags = Keyword(multi=True)

        class Meta:
            source = MetaField(enabled=True)

    kept: Any = Kept
    kept.sync_index_template()
    stored = kept.record(tags=["b", "a", "b"])
    assert kept.get(stored.meta.id, index=stored.meta.index).tags == ["b", "a", "b"]


@pytest.mark.parametrize(
    ("date_format", "name"),
    [
        ("%Y.%m.%d", "2020.02.04"),
        ("%Y.%m", "2020.02"),
        ("%Y", "2020"),
        ("%Y-%m-%d", "2020-02-04"),
        ("%Y%m%d%H", "2020020423"),
        ("v%y_%j", "v20_035"),
    ],
)
def test_a_date_format_names_indexes(site: Site, date_format: str, name: str) -> None:
    moment = datetime.datetime(2020, 2, 4, 23, 30, tzinfo=UTC)
    with site.configured({"main": site.options}, ELASTICSEARCH_METRICS_DATE_FORMAT=date_format):
        page_view = _declare(site)
        page_view.sync_index_template()
        stored = page_view.record(moment, user_id=1)
        assert stored.meta.index == site.name(f"myapp_pageview_{name}")
        assert page_view.get_index_name(moment) == stored.meta.index
        page_view.refresh()
        (status,) = page_view.each_existing_index()
        assert status.period.start <= moment < status.period.end
        later = moment + datetime.timedelta(milliseconds=1)
        assert page_view.search().count() == 1
        assert page_view.search_timeseries_range(moment, later).count() == 1
        assert page_view.search_timeseries_range(later, (2021,)).count() == 0


@pytest.mark.parametrize("date_format", ["%d.%m", "%b-%Y", "%Y/%m", "%Y.%d.%m", "%Y-%-m", "", 7])
def test_a_date_format_that_names_no_period_is_refused(site: Site, date_format: Any) -> None:
    page_view = _declare(site)
    with site.configured({"main": site.options}, ELASTICSEARCH_METRICS_DATE_FORMAT=date_format):
        with pytest.raises(ConfigurationError, match="ELASTICSEARCH_METRICS_DATE_FORMAT"):
            conf.date_format()
        with pytest.raises(ConfigurationError, match="ELASTICSEARCH_METRICS_DATE_FORMAT"):
            page_view.record(user_id=1)


def test_ranges_read_every_form_of_name_side_by_side(site: Site) -> None:
    """Indexes by others, of other depths and of a former date format hold a part of the range."""
    start = datetime.datetime(2019, 12, 30, 12, tzinfo=UTC)
    moments = [start + datetime.timedelta(hours=7 * count) for count in range(24)]
    forms = itertools.cycle(
        [
            lambda when: f"{when:%Y-%m}",
            lambda when: f"{when:%Y.%m.%d}",
            lambda when: f"{when.year}.{when.month}.{when.day}.",
            lambda when: f"{when:%Y.%m}",
            lambda when: f"{when.year}.{when.month}.",
            lambda when: f"{when:%Y}",
            lambda when: f"{when:%Y.%m.%d.%H}",
        ]
    )
    with site.configured({"main": site.options}, ELASTICSEARCH_METRICS_DATE_FORMAT="%Y-%m"):
        page_view = _declare(site)
        page_view.sync_index_template()
        for number, (moment, form) in enumerate(zip(moments, forms, strict=False)):
            index = site.name(f"myapp_pageview_{form(moment)}")
            page_view(timestamp=moment, user_id=number).save(index=index)
        page_view.refresh()
        names = {status.name for status in page_view.each_existing_index()}
        assert len(names) > len(moments) // 2
        for first, last in itertools.combinations(range(0, len(moments), 3), 2):
            hits = page_view.search_timeseries_range(moments[first], moments[last]).scan()
            assert sorted(hit.user_id for hit in hits) == list(range(first, last))
        assert page_view.search().count() == len(moments)


def test_a_stated_timedepth_goes_before_the_date_format(site: Site) -> None:
    with site.configured({"main": site.options}, ELASTICSEARCH_METRICS_DATE_FORMAT="%Y-%m"):

        @site.inherit(Metric)
        class Yearly:
            class Meta:
                timedepth = 1

        yearly: Any = Yearly
        assert yearly.get_index_name(datetime.date(2020, 2, 4)) == site.name("myapp_yearly_2020")
