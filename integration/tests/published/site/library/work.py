"""What the site does in its processes, as functions that a test calls."""

import datetime
import io

from django.core.management import call_command

from library.metrics import Download, Loan, MonthlyLoans, Reading, Setting, Visit

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
