"""What the site does in its processes, as functions that a test calls."""

import datetime
import io

import elasticsearch8
from django.core.management import call_command

from elasticsearch_metrics.registry import djelme_registry
from library.metrics import (
    Download,
    Loan,
    MonthlyLoans,
    PageInfo,
    Reading,
    Setting,
    Visit,
    found_or_none,
    record_or_log,
)

UTC = datetime.timezone.utc


def setup():
    """Set up all record types."""
    call_command("djelme_backend_setup", stdout=io.StringIO())


def check():
    """Check all record types."""
    call_command("djelme_backend_check", stdout=io.StringIO())


def write(writer, day, number):
    """Record one of everything on a day of November 2026."""
    when = datetime.datetime(2026, 11, day, 9, 30, tzinfo=UTC)
    loan = Loan.record(timestamp=when, book_id=number, title=writer, branch=writer)
    Download.record(
        timestamp=when,
        user_id=writer,
        item_iri=f"urn:{writer}",
        action_labels=["view"],
        path="/a",
    )
    Visit.record(timestamp=when, door=writer.upper())
    Reading.record(read_at=f"2026-11-{day}", count=number)
    MonthlyLoans.record(cycle_coverage="2026.2", branch=f"{writer}{day}", loan_count=number)
    Setting.record(key=f"{writer}{day}", value=number)
    return loan.djelme_index_name()


def read():
    """What searches find."""
    types = (Loan, Download, Visit, Reading, MonthlyLoans, Setting)
    for recordtype in types:
        recordtype.refresh()
    return {
        "Loan": sorted(hit.book_id for hit in Loan.search()),
        "Download": sorted(hit.item_iri for hit in Download.search()),
        "Visit": sorted(hit.door for hit in Visit.search()),
        "Reading": sorted(hit.count for hit in Reading.search()),
        "MonthlyLoans": sorted(hit.branch for hit in MonthlyLoans.search()),
        "Setting": sorted(hit.key for hit in Setting.search()),
    }


def read_range():
    """What searches over a range find."""
    bounds = (2026, 11), (2026, 12)
    return {
        "Loan": sorted(hit.book_id for hit in Loan.search_timeseries_range(*bounds)),
        "Download": sorted(hit.item_iri for hit in Download.search_timeseries_range(*bounds)),
        "Visit": sorted(hit.door for hit in Visit.search_timeseries_range(*bounds)),
        "Reading": sorted(hit.count for hit in Reading.search_timeseries_range(*bounds)),
        "MonthlyLoans": sorted(hit.branch for hit in MonthlyLoans.for_month(2026, 2)),
    }


def indexes():
    """The names of all indexes of loans."""
    return [status.index_name for status in Loan.each_existing_index()]


def use_everything():
    """What a site does with its record types, and sees of it: the same on both libraries."""
    seen = {}
    when = datetime.datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    page = PageInfo(url="https://a.example/b", path="/b")
    first = Loan.record(timestamp=when, book_id=1, page=page)
    Loan.refresh()
    (loan,) = Loan.search().filter("term", page__url="https://a.example/b")
    seen["inner document"] = (loan.page.url, loan.page.path, first.page.url)
    clicks = {"timestamp": when, "user_id": "a", "item_iri": "urn:i"}
    one = Download.record(action_labels=["view", "web"], path="/a", **clicks)
    two = Download.record(action_labels=["web", "view"], **clicks)
    Download.record(action_labels=["download"], **clicks)
    seen["properties identify"] = (one.meta.id == two.meta.id, _count(Download))
    seen["made, not stored"] = Download.record(using=False, action_labels=["x"], **clicks).item_iri
    seen["counted after that"] = _count(Download)
    for door in ("closed", "NORTH"):
        try:
            seen[door] = Visit.record(door=door, timestamp=when).door
        except ValueError as error:
            seen[door] = str(error)
    seen["visits"] = _count(Visit)
    for cycle in ("2026.2", "2026.10"):
        MonthlyLoans.record(cycle_coverage=cycle, branch="north", loan_count=1)
    MonthlyLoans.record(cycle_coverage="2026.10", branch="north", loan_count=5)
    MonthlyLoans.refresh()
    seen["reports"] = [
        [report.loan_count for report in MonthlyLoans.for_month(2026, month)]
        for month in (1, 2, 10)
    ]
    in_range = MonthlyLoans.search_timeseries_range((2026, 10), (2026, 11))
    seen["reports of a range"] = [report.loan_count for report in in_range]
    Reading.record(read_at="2026-11-24", count=7)
    Reading.refresh()
    day = datetime.date(2026, 11, 24), datetime.date(2026, 11, 25)
    seen["own time"] = [reading.count for reading in Reading.search_timeseries_range(*day)]
    for value in (1, 2):
        Setting.record(key="a", value=value)
    Setting.refresh()
    seen["setting"] = [(setting.key, setting.value) for setting in Setting.search()]
    seen["missing"] = found_or_none(Loan, id="nope", index=first.djelme_index_name())
    seen["found"] = found_or_none(Loan, id=first.meta.id, index=first.djelme_index_name()).book_id
    backend = djelme_registry.get_backend_for_recordtype(Loan)
    seen["backend"] = backend.djelme_backend_name()
    seen["client"] = backend.elastic_client.count(index=Loan.timeseries_index_wildcard())["count"]
    seen["types"] = sorted(
        f"{recordtype.app_label}.{recordtype.__name__}"
        for recordtype in djelme_registry.each_recordtype(app_label="library")
    )
    try:
        djelme_registry.get_backend("nope")
    except LookupError:
        seen["unknown backend"] = "LookupError"
    return seen


def without_a_cluster():
    """What a view does when the cluster is away."""
    return [record_or_log(Loan, book_id=1), found_or_none_of_cluster()]


def found_or_none_of_cluster():
    """A search that is caught as the client's."""
    try:
        return Loan.search().execute()
    except elasticsearch8.ConnectionError as error:
        return isinstance(error, elasticsearch8.TransportError)


def _count(recordtype):
    recordtype.refresh()
    return recordtype.search().count()
