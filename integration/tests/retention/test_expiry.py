"""Which indexes are deleted when they have expired, and which never are."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest

from djelme.errors import DjelmeError
from elasticsearch_metrics.lifecycle.retention import delete_expired, find_expired, report_indexes

if TYPE_CHECKING:
    from djelme_testing.conformance import Site

UTC = datetime.timezone.utc
MILLISECOND = datetime.timedelta(milliseconds=1)
WEEK = datetime.timedelta(days=7)


def utc(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def declare(
    site: Site, *, depth: int = 3, base: Any = None, set_up: bool = True, **meta: Any
) -> Any:
    """Return a type that is set up and keeps its records for a week, unless told otherwise."""
    options = {"timedepth": depth, "expiration": WEEK, **meta}

    class Usage:
        __annotations__ = {"item_id": "int | None"}
        Meta = type("Meta", (), options)

    recordtype = site.declare(Usage, base)
    if set_up:
        recordtype.sync_index_template()
    return recordtype


def make_index(
    site: Site, name: str, *documents: dict[str, Any], fields: dict[str, str] | None = None
) -> str:
    """Create an index as somebody else would, and return its whole name."""
    backend: Any = site.backend
    whole = site.name(name)
    mapping: dict[str, Any] = {
        "properties": {field: {"type": kind} for field, kind in (fields or {}).items()}
    }
    is_typed = backend.features.typed_paths
    body = {
        "settings": {"index": {"number_of_shards": 1, "number_of_replicas": 0}},
        "mappings": {backend.features.document_type: mapping} if is_typed else mapping,
    }
    backend.request("PUT", f"/{whole}", body=body)
    for number, document in enumerate(documents):
        path = f"/{whole}/{backend.features.document_type}/{number}"
        backend.request("PUT", path, body=document, params={"refresh": "true"})
    return whole


def deleted(recordtype: Any, now: datetime.datetime) -> list[str]:
    return [item.report.name for item in delete_expired(recordtype, now) if not item.blocker]


# The border of an index's time.


@pytest.mark.parametrize(
    ("depth", "last", "end"),
    [
        (1, utc(2025, 12, 31, 23, 59, 59, 999000), utc(2026, 1, 1)),
        (2, utc(2024, 2, 29, 23, 59, 59, 999000), utc(2024, 3, 1)),
        (3, utc(2026, 11, 23, 23, 59, 59, 999000), utc(2026, 11, 24)),
        (4, utc(2026, 11, 23, 23, 59, 59, 999000), utc(2026, 11, 24)),
    ],
)
def test_an_index_goes_at_the_very_border_of_its_time(
    site: Site, depth: int, last: datetime.datetime, end: datetime.datetime
) -> None:
    usage = declare(site, depth=depth)
    over = usage.record(timestamp=last).meta.index
    next_one = usage.record(timestamp=end).meta.index
    assert over != next_one
    border = end + WEEK
    assert find_expired(usage, border - MILLISECOND) == []
    assert deleted(usage, border - MILLISECOND) == []
    assert site.index_names() == [over, next_one]
    assert deleted(usage, border) == [over]
    assert site.index_names() == [next_one]
    usage.refresh()
    assert [hit.timestamp for hit in usage.search()] == [end]


@pytest.mark.parametrize("hours", [-11, 0, 13])
def test_midnight_is_that_of_utc_wherever_the_clock_is(site: Site, hours: int) -> None:
    zone = datetime.timezone(datetime.timedelta(hours=hours))
    usage = declare(site)
    name = usage.record(timestamp=utc(2026, 11, 23, 12)).meta.index
    border = (utc(2026, 11, 24) + WEEK).astimezone(zone)
    assert deleted(usage, border - MILLISECOND) == []
    assert deleted(usage, border) == [name]


def test_an_index_of_another_timedepth_is_over_by_its_own_period(site: Site) -> None:
    usage = declare(site, depth=3)
    whole_year = make_index(site, "myapp_usage_2026", {"timestamp": "2026-01-05T00:00:00.000Z"})
    day = usage.record(timestamp=utc(2026, 1, 5)).meta.index
    assert deleted(usage, utc(2026, 12, 31)) == [day]
    assert site.index_names() == [whole_year]
    assert deleted(usage, utc(2027, 1, 8)) == [whole_year]


def test_indexes_of_the_published_library_are_over_too(site: Site) -> None:
    usage = declare(site, depth=3)
    names = [
        make_index(site, f"myapp_usage_{time}", {"timestamp": "2026-02-04T05:06:07Z"})
        for time in ("2026.2.4.", "2026.2.", "2026.02.04")
    ]
    assert set(deleted(usage, utc(2026, 2, 12))) == {names[0], names[2]}
    assert deleted(usage, utc(2026, 3, 8)) == [names[1]]


def test_records_with_a_time_of_their_own(site: Site) -> None:
    class OwnTime(site.imp.TimeseriesRecord):  # type: ignore[misc, name-defined]
        class Meta:
            abstract = True

        def get_timeseries_timeparts(self) -> tuple[int, ...]:
            return (2026, 2, self.item_id)

    usage = declare(site, base=OwnTime)
    own = usage.record(item_id=4).meta.index
    # A keyword sorts 2026.2.14 before 2026.2.7, so it tells nothing of what has expired.
    fields = {"timeseries_timeparts": "keyword"}
    odd = make_index(
        site, "myapp_usage_2026.2.5.", {"timeseries_timeparts": "2026.2.14"}, fields=fields
    )
    kept, gone = delete_expired(usage, utc(2026, 2, 14))[::-1]
    assert (gone.report.name, gone.blocker) == (own, "")
    assert kept.report.name == odd
    assert kept.blocker == "its field timeseries_timeparts is of type keyword, not version"
    assert site.index_names() == [odd]


def test_a_time_field_of_another_type_tells_nothing(site: Site) -> None:
    usage = declare(site)
    usage.get_backend().delete_template(usage.get_timeseries_template_name())
    odd = make_index(
        site, "myapp_usage_2026.01.01", {"timestamp": "1"}, fields={"timestamp": "keyword"}
    )
    (kept,) = delete_expired(usage, utc(2026, 11, 24))
    assert kept.blocker == "its field timestamp is of type keyword, not date"
    assert site.index_names() == [odd]


# What is never deleted.


def test_a_record_within_its_time_keeps_its_index(site: Site) -> None:
    usage = declare(site)
    now = utc(2026, 11, 24)
    name = usage.record(timestamp=utc(2026, 11, 3)).meta.index
    usage(timestamp=now - WEEK).save(index=name)  # the oldest moment that isn't over
    (found,) = delete_expired(usage, now)
    assert found.report.name == name
    assert found.blocker.startswith("1 of its documents aren't from before 2026-11-17T00:00:00")
    assert site.index_names() == [name]
    assert deleted(usage, now + MILLISECOND) == [name]


def test_a_record_that_no_search_sees_yet_keeps_its_index(site: Site) -> None:
    class Usage:
        item_id: int | None

        class Meta:
            expiration = WEEK

        class Index:
            settings = {  # noqa: RUF012 - as a site would write it
                "number_of_shards": 1,
                "number_of_replicas": 0,
                "refresh_interval": "-1",
            }

    usage = site.set_up(Usage)
    now = utc(2026, 11, 24)
    name = usage.record(timestamp=utc(2026, 11, 3)).meta.index
    usage(timestamp=now).save(index=name)
    (found,) = delete_expired(usage, now)
    assert found.blocker
    assert site.index_names() == [name]


def test_documents_that_are_not_the_types_keep_an_index(site: Site) -> None:
    usage = declare(site)
    foreign = make_index(site, "myapp_usage_2020.01.01", {"item_id": 1}, {"item_id": 2})
    (found,) = delete_expired(usage, utc(2026, 11, 24))
    assert found.blocker.startswith("2 of its documents aren't from before")
    assert site.index_names() == [foreign]


FOREIGN = (
    "myapp_usage",
    "myapp_usage_",
    "myapp_usage_2020.01.01-backup",
    "myapp_usage_2020.01.01_old",
    "myapp_usage_2020.01.01.00.00",
    "myapp_usage_2020.1.1",  # unpadded names end with a dot
    "myapp_usage_2020.01.1",
    "myapp_usage_02020.01.01",
    "myapp_usage_20200101",
    "myapp_usage_2020-01-01",
    "myapp_usage_2020.13.01",
    "myapp_usage_2020.02.30",
    "myapp_usage_2020.01.01..",
    "myapp_usage_0000.01.01",
    "myapp_usage_٢٠٢٠.٠١.٠١",  # noqa: RUF001 - digits, but others
    "myapp_usage_x_2020.01.01",
    "myapp_usage2_2020.01.01",
    "myapp_usages_2020.01.01",
    "my_app_usage_2020.01.01",
    "myapp__usage_2020.01.01",
    "myapp-usage-2020.01.01",
    "xmyapp_usage_2020.01.01",
    "_usage_2020.01.01",
)


def test_foreign_indexes_of_similar_names_stay(site: Site) -> None:
    usage = declare(site)
    old = {"timestamp": "2020-01-01T00:00:00.000Z"}
    foreign = sorted(make_index(site, name.replace("%", ""), old) for name in _quoted(FOREIGN))
    own = usage.record(timestamp=utc(2020, 1, 1)).meta.index
    assert own in [item.report.name for item in find_expired(usage, utc(2026, 11, 24))]
    assert deleted(usage, utc(2026, 11, 24)) == [own]
    assert sorted(site.index_names()) == foreign


def _quoted(names: tuple[str, ...]) -> list[str]:
    return [name for name in names if name.isascii()]


def test_an_index_behind_an_alias_of_the_type_expires(site: Site) -> None:
    """Tools such as Kibana's Upgrade Assistant leave the old name as an alias."""
    usage = declare(site)
    backend: Any = site.backend
    old = {"timestamp": "2020-01-01T00:00:00.000Z"}
    new = {"timestamp": "2026-11-23T23:00:00.000Z"}
    indexes = [make_index(site, name, old) for name in ("reindexed-a", "reindexed-b")]
    late = make_index(site, "reindexed-late", new)
    for index, day in zip([*indexes, late], ("01.01", "01.02", "01.03"), strict=True):
        backend.request("PUT", f"/{index}/_alias/{site.name(f'myapp_usage_2020.{day}')}")
    reports = report_indexes(usage, utc(2026, 11, 24))
    assert [(report.name, report.is_expired) for report in reports] == [
        (name, True) for name in (*indexes, late)
    ]
    backend.delete_indexes([site.name("myapp_usage_2020.01.01")])  # not by its alias
    assert deleted(usage, utc(2026, 11, 24)) == indexes
    assert site.index_names() == [late]


def test_an_index_that_has_another_types_alias_as_well_stays(site: Site) -> None:
    usage = declare(site)
    declare(site, app_label="other", set_up=False)
    backend: Any = site.backend
    shared = make_index(site, "shared", {"timestamp": "2020-01-01T00:00:00.000Z"})
    theirs = site.name("other_usage_2020.01.01")
    for alias in (site.name("myapp_usage_2020.01.01"), theirs):
        backend.request("PUT", f"/{shared}/_alias/{alias}")
    assert deleted(usage, utc(2026, 11, 24)) == []
    (found,) = find_expired(usage, utc(2026, 11, 24))
    assert found.blocker == f"its alias {theirs} may be one of other.Usage, too"


def test_a_filtered_alias_is_no_name_of_its_index(site: Site) -> None:
    usage = declare(site)
    backend: Any = site.backend
    foreign = make_index(site, "foreign", {"timestamp": "2020-01-01T00:00:00.000Z"})
    only_some = {"filter": {"exists": {"field": "timestamp"}}}
    alias = site.name("myapp_usage_2020.01.01")
    backend.request("PUT", f"/{foreign}/_alias/{alias}", body=only_some)
    assert report_indexes(usage, utc(2026, 11, 24)) == []
    assert deleted(usage, utc(2026, 11, 24)) == []
    assert site.index_names() == [foreign]


def test_a_type_whose_name_begins_like_anothers(site: Site) -> None:
    """Both have indexes of the same look; neither takes the other's."""
    pviews = declare(site, template_name="pviews")
    yearly = declare(site, template_name="pviews_2020", depth=1, app_label="other", set_up=False)
    old = {"timestamp": "2019-01-01T00:00:00.000Z"}
    names = {
        pviews.record(timestamp=utc(2020, 1, 1)).meta.index: pviews,
        make_index(site, "pviews_2020_2019", old): yearly,
    }
    # It could be the year of the one and the index of the other.
    both = make_index(site, "pviews_2020", {"timestamp": "2020-01-01T00:00:00.000Z"})
    for recordtype in (pviews, yearly):
        own = [name for name, owner in names.items() if owner is recordtype]
        assert deleted(recordtype, utc(2026, 11, 24)) == own
    assert site.index_names() == [both]
    (found,) = find_expired(pviews, utc(2026, 11, 24))
    assert found.blocker == "its name may be one of other.Usage, too"


def test_types_of_the_same_names(site: Site) -> None:
    """A system check refuses them; if it is silenced, nothing is lost all the same."""
    one = declare(site, template_name="same")
    other = declare(
        site, template_name="same", app_label="other", expiration=datetime.timedelta(days=9999)
    )
    name = one.record(timestamp=utc(2026, 1, 1)).meta.index
    assert deleted(one, utc(2026, 11, 24)) == []
    assert deleted(other, utc(2026, 11, 24)) == []
    assert site.index_names() == [name]


def test_a_type_without_expiration_keeps_everything(site: Site) -> None:
    usage = declare(site, expiration=None)
    name = usage.record(timestamp=utc(1970, 1, 1)).meta.index
    (report,) = report_indexes(usage, utc(9999, 1, 1))
    assert (report.expiry, report.is_expired) == (None, False)
    assert deleted(usage, utc(9999, 1, 1)) == []
    assert site.index_names() == [name]


def test_records_without_time_are_kept(site: Site) -> None:
    usage = declare(site, base=site.imp.SimpleRecord)
    name = usage.record(item_id=1).meta.index
    (report,) = report_indexes(usage, utc(9999, 1, 1))
    assert (report.name, report.expiry, report.oldest) == (name, None, None)
    assert deleted(usage, utc(9999, 1, 1)) == []
    assert site.index_names() == [name]


# Elasticsearch 7.17 says at each request to close that 8 will wait for shards.
@pytest.mark.filterwarnings("ignore:the default value for the .wait_for_active_shards")
def test_an_index_that_cannot_be_searched_is_kept(site: Site) -> None:
    usage = declare(site)
    backend: Any = site.backend
    closed = usage.record(timestamp=utc(2026, 1, 1)).meta.index
    open_one = usage.record(timestamp=utc(2026, 1, 2)).meta.index
    backend.request("POST", f"/{closed}/_close")
    found = {item.report.name: item for item in delete_expired(usage, utc(2026, 11, 24))}
    assert "it can't be searched" in found[closed].blocker
    assert found[open_one].blocker == ""
    assert site.index_names() == [closed]


def test_only_what_was_shown_is_deleted(site: Site) -> None:
    usage = declare(site)
    shown = usage.record(timestamp=utc(2026, 1, 1)).meta.index
    later = usage.record(timestamp=utc(2026, 1, 2)).meta.index
    found = delete_expired(usage, utc(2026, 11, 24), names=[shown, site.name("*"), "*"])
    assert [item.report.name for item in found] == [shown]
    assert site.index_names() == [later]


EVIL = ("../", "*", ",", "-x", "x,*", "x/../y", "日本*", "<x-{now}>", "x" * 300, "_all", "x\n", "?")


@pytest.mark.parametrize("where", ["app_label", "index_name_prefix", "template_name"])
def test_names_that_try_something_reach_no_index(site: Site, where: str) -> None:
    """djelme refuses such names or they are only names; other indexes stay as they are."""
    foreign = make_index(site, "zz_2020.01.01", {"timestamp": "2020-01-01T00:00:00.000Z"})
    for number, evil in enumerate(EVIL):
        meta = {"app_label": "zz", "recordtype_name": f"u{number}", where: evil}
        usage = declare(site, set_up=False, **meta)
        try:
            assert report_indexes(usage, utc(2026, 11, 24)) == []
            assert delete_expired(usage, utc(2026, 11, 24)) == []
        except DjelmeError as error:
            assert "can't be used in Elasticsearch" in str(error)  # noqa: PT017 - either is right
        site.forget_declarations()
    assert site.index_names() == [foreign]


# What there is.


def test_the_oldest_and_newest_record_of_each_index(site: Site) -> None:
    usage = declare(site, depth=2)
    times = [utc(2026, 1, 1), utc(2026, 1, 31, 23, 59, 59, 999000), utc(2026, 2, 14, 1, 2, 3)]
    usage.bulk_record({"timestamp": when} for when in times)
    # A neighbour with another type of field doesn't disturb.
    make_index(site, "myapp_usage_2020.01.01-backup")
    usage.refresh()
    january, february = report_indexes(usage, utc(2026, 11, 24))
    assert (january.oldest, january.newest) == (times[0], times[1])
    assert (february.oldest, february.newest) == (times[2], times[2])
    assert (january.documents, february.documents) == (2, 1)
    assert january.bytes > 0
    assert january.shards == 1
    assert january.expiry == utc(2026, 2, 1) + WEEK


def test_a_neighbour_whose_time_is_a_text(site: Site) -> None:
    usage = declare(site)
    when = utc(2026, 1, 1)
    usage.record(timestamp=when)
    usage.get_backend().delete_template(usage.get_timeseries_template_name())
    make_index(site, "myapp_usage_2020.01.01-text", fields={"timestamp": "text"})
    usage.refresh()
    (report,) = report_indexes(usage, utc(2026, 11, 24))
    assert report.oldest == when


def test_without_an_index_there_is_nothing(site: Site) -> None:
    usage = declare(site)
    assert report_indexes(usage, utc(2026, 11, 24)) == []
    assert delete_expired(usage, utc(2026, 11, 24)) == []
