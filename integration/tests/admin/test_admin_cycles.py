"""The pages about the cycles of reports, and builds that somebody asks for there."""

from __future__ import annotations

import datetime
import re
import time
from typing import TYPE_CHECKING

import pytest
from site_process import PAGES
from test_admin_pages import rows, said

if TYPE_CHECKING:
    from site_process import Answer, SiteProcess

_SECONDS = 60


@pytest.fixture
def page(title: str) -> str:
    return f"{PAGES}/shop.{title}Monthly/cycles/"


def cells(answer: Answer) -> dict[str, list[str]]:
    """Return the cells of the table of cycles, by cycle, with single spaces."""
    return {row[0]: [" ".join(cell.split()) for cell in row] for row in rows(answer)}


def last_month() -> str:
    first = datetime.datetime.now(datetime.timezone.utc).replace(day=1)
    return f"{first - datetime.timedelta(days=1):%Y.%m}"


def test_a_build_is_asked_for_confirmed_and_shown(site: SiteProcess, page: str) -> None:
    cycle = last_month()
    before = cells(site.get(page))
    assert (before[cycle][1], before[cycle][2]) == ("missing never built", "\N{EN DASH}")
    assert before[cycle][-1] == "Build"
    # The present month isn't over.
    present = f"{datetime.datetime.now(datetime.timezone.utc):%Y.%m}"
    assert before[present][-1] == ""
    question = site.get(f"{page}{cycle}/")
    assert f"on {cycle}?" in said(question)
    assert cells(site.get(page))[cycle] == before[cycle]
    answer = site.post(f"{page}{cycle}/")
    assert answer.url.endswith(f"/{page}")
    assert f"The report on {cycle} is being built" in said(answer)
    end = time.monotonic() + _SECONDS
    while True:
        after = cells(site.get(page))[cycle]
        if after[1] == "up to date" or time.monotonic() > end:
            break
        time.sleep(0.2)
    assert after[1] == "up to date"
    assert int(after[2].replace(",", "")) == int(after[3].replace(",", "")) > 0
    assert int(after[4]) > 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", after[5])
    assert after[-1] == "Build again"
    assert page.split("/")[-3] in site.get("admin/").text  # among recent actions


def test_only_those_with_the_permission_build(site: SiteProcess, page: str) -> None:
    cycle = last_month()
    assert "Build" not in [row[-1] for row in rows(site.get(page, "figures"))]
    assert site.get(page, "records").status == 403
    assert site.get(f"{page}{cycle}/", "figures").status == 403
    assert site.get(f"{page}{cycle}/", "builder").status == 200
    assert site.get(page, "builder").status == 200


@pytest.mark.parametrize("cycle", ["2026", "2026.13", "2026.11.01", "x", "2026.1", "_all"])
def test_there_is_no_such_cycle(site: SiteProcess, page: str, cycle: str) -> None:
    assert site.get(f"{page}{cycle}/").status == 404


def test_a_type_that_is_no_report_has_no_cycles(site: SiteProcess, title: str) -> None:
    assert site.get(f"{PAGES}/shop.{title}View/cycles/").status == 404
    assert "Cycles" not in said(site.get(f"{PAGES}/shop.{title}View/"))
    assert "Cycles" in said(site.get(f"{PAGES}/shop.{title}Monthly/"))


def test_a_source_on_a_cluster_that_never_answers_is_not_waited_for(
    site: SiteProcess, title: str
) -> None:
    began = time.monotonic()
    text = said(site.get(f"{PAGES}/shop.{title}AwayMonthly/cycles/"))
    assert f"{title.lower()}-away" in text
    assert time.monotonic() - began < 4  # its client would wait for ten seconds, three times
