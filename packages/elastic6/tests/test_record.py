from __future__ import annotations

import datetime
import pickle
import subprocess
import sys
from typing import Any

import elasticsearch6_dsl.field
import pytest
from django.test import override_settings

from djelme.errors import RecordTypeError
from elasticsearch_metrics.checks import check_djelme
from elasticsearch_metrics.imps import elastic6
from elasticsearch_metrics.imps.elastic6 import (
    Date,
    EventRecord,
    Integer,
    Keyword,
    M,
    MetaField,
    Metric,
    Text,
    mapped_field,
)

UTC = datetime.timezone.utc


def _page_view() -> Any:
    class PageView(Metric):
        user_id = Integer(index=True, doc_values=True)
        tags = Keyword(multi=True)
        title = Text()

        class Index:
            settings = {"number_of_shards": 2, "refresh_interval": "5s"}  # noqa: RUF012

        class Meta:
            app_label = "myapp"

    return PageView


def test_the_template_of_a_metric() -> None:
    assert _page_view().get_index_template().to_dict() == {
        "index_patterns": ["myapp_pageview_*"],
        "order": 500,
        "settings": {"number_of_shards": 2, "refresh_interval": "5s"},
        "mappings": {
            "doc": {
                "dynamic": "strict",
                "_source": {"enabled": False},
                "properties": {
                    "timestamp": {"type": "date", "doc_values": True},
                    "user_id": {"type": "integer", "index": True, "doc_values": True},
                    "tags": {"type": "keyword"},
                    "title": {"type": "text"},
                },
            }
        },
    }


def test_the_template_of_an_annotated_type() -> None:
    class Usage(EventRecord):
        item_id: M[int]
        name: str | None = mapped_field(default="x")

        class Meta:
            app_label = "myapp"

    assert Usage.get_timeseries_template().to_dict()["mappings"] == {
        "doc": {
            "dynamic": "strict",
            "properties": {
                "timestamp": {"type": "date"},
                "item_id": {"type": "long"},
                "name": {"type": "keyword"},
            },
        }
    }
    assert Usage(item_id=1).name == "x"


def test_a_metric_is_completed_as_any_type() -> None:
    class Download(Metric):
        path = Keyword()
        kind: str = mapped_field(default_factory=lambda: "download")
        suffix: str

        class Meta:
            app_label = "myapp"

        def clean(self) -> None:
            self.suffix = self.path.rpartition(".")[2]

    completed = Download.completed({"path": "/a.pdf", "timestamp": None})
    assert completed.pop("timestamp") is not None
    assert completed == {"path": "/a.pdf", "kind": "download", "suffix": "pdf"}


def test_the_old_names_of_names() -> None:
    page_view = _page_view()
    assert page_view._template_name == page_view()._template_name == "myapp_pageview"
    assert page_view._template_pattern == "myapp_pageview_*"

    class Renamed(Metric):
        class Meta:
            app_label = "myapp"
            template_name = "myapp_pviews"
            template = "myapp_pviews_*"

    assert (Renamed._template_name, Renamed._template_pattern) == ("myapp_pviews", "myapp_pviews_*")
    assert Renamed.get_index_name(datetime.date(2020, 2, 4)) == "myapp_pviews_2020.02.04"


@pytest.mark.parametrize(
    ("date", "name"),
    [
        (datetime.date(2020, 2, 4), "2020.02.04"),
        (datetime.datetime(2020, 2, 4, 23, 59, 59, 999_999), "2020.02.04"),  # noqa: DTZ001
        (
            datetime.datetime(2020, 2, 4, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=5))),
            "2020.02.03",
        ),
    ],
)
def test_get_index_name(date: datetime.date, name: str) -> None:
    assert _page_view().get_index_name(date) == f"myapp_pageview_{name}"


def test_get_index_name_of_now() -> None:
    before = datetime.datetime.now(UTC)
    name = _page_view().get_index_name()
    after = datetime.datetime.now(UTC)
    assert name in {f"myapp_pageview_{when:%Y.%m.%d}" for when in (before, after)}


def test_the_date_format_names_indexes_of_metrics_only() -> None:
    class Usage(EventRecord):
        item_id: int

        class Meta:
            app_label = "myapp"

    stamp = datetime.datetime(2020, 2, 4, tzinfo=UTC)
    with override_settings(ELASTICSEARCH_METRICS_DATE_FORMAT="%Y-%m"):
        assert _page_view()(timestamp=stamp).djelme_index_name() == "myapp_pageview_2020-02"
        assert Usage(item_id=1, timestamp=stamp).djelme_index_name() == "myapp_usage_2020.02.04"
        assert Usage.date_formats() == ("%Y-%m",)
    assert Usage.date_formats() == ()


def test_abstract_metrics_pass_on_fields_and_source() -> None:
    class Base(Metric):
        user_id = Integer()

        class Meta:
            abstract = True
            source = MetaField(enabled=True)

    class PageView(Base):
        class Meta:
            app_label = "myapp"

    with pytest.raises(RecordTypeError, match="abstract"):
        Base.get_index_name()
    mapping = PageView.get_index_template().to_dict()["mappings"]["doc"]
    assert (
        list(mapping["properties"]) == ["timestamp", "user_id"]
        or "user_id" in mapping["properties"]
    )
    assert mapping["_source"] == {"enabled": True}
    assert PageView.lost_fields() == ()


def test_lost_fields() -> None:
    assert _page_view().lost_fields() == ("title",)


def test_the_system_checks_name_lost_fields() -> None:
    _page_view()
    found = [found.id for found in check_djelme() if found.obj == "myapp.PageView"]
    assert found == ["djelme.W001"]


def test_the_system_checks_refuse_a_date_format() -> None:
    with override_settings(ELASTICSEARCH_METRICS_DATE_FORMAT="%d.%m"):
        messages = {found.id: found.msg for found in check_djelme()}
    assert "ELASTICSEARCH_METRICS_DATE_FORMAT" in messages["djelme.E011"]


def test_a_search_asks_for_doc_values() -> None:
    page_view = _page_view()
    search = page_view.search().to_dict()
    assert search["docvalue_fields"] == [
        "user_id",
        "tags",
        {"field": "timestamp", "format": "strict_date_time"},
    ]
    assert "docvalue_fields" not in page_view.search().to_dict(count=True)


def test_fields_are_those_of_the_dsl() -> None:
    fields = {
        name: value
        for name, value in vars(elasticsearch6_dsl.field).items()
        if isinstance(value, type)
        and issubclass(value, elasticsearch6_dsl.field.Field)
        and not name.startswith("_")
    }
    assert {name: getattr(elastic6, name) for name in fields} == fields
    assert set(fields) <= set(elastic6.__all__)
    assert elastic6.Date is Date


def test_instances_can_be_pickled() -> None:
    stamp = datetime.datetime(2020, 2, 4, tzinfo=UTC)
    made = pickle.loads(pickle.dumps(_Pickled(timestamp=stamp, user_id=3)))  # noqa: S301
    assert (made.timestamp, made.user_id) == (stamp, 3)


class _Pickled(Metric):
    user_id = Integer()

    class Meta:
        app_label = "pickled"


def test_importing_it_warns_and_names_the_way() -> None:
    code = (
        "import warnings\n"
        "from django.conf import settings; import django\n"
        "settings.configure(); django.setup()\n"
        "with warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n"
        "    import elasticsearch_metrics.imps.elastic6\n"
        "for found in caught:\n"
        "    if 'elastic8' in str(found.message):\n"
        "        print(found.category.__name__, found.filename, found.message)\n"
    )
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("DeprecationWarning <string> ")
    assert "elasticsearch_metrics.imps.elastic8" in done.stdout
    assert "docs/how-to/migrate.md" in done.stdout
