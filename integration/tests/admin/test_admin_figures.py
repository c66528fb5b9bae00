"""What the page of a type answers: ranges, conditions, values, comparisons, downloads."""

from __future__ import annotations

import csv
import html
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from site_process import PAGES

if TYPE_CHECKING:
    from site_process import Answer, SiteProcess

#: Of the site: so many downloads a day, on these days of the last ones and of the year before.
_A_DAY, _DAYS = 12, 40
_OF_ACTION = {"c0-field": "action", "c0-operator": "is", "c0-value": "=download"}


def said(answer: Answer) -> str:
    """Return the text of a page, with single spaces."""
    text = re.sub(r"(?s)<(style|title|script|head)\b.*?</\1>|<[^>]*>", " ", answer.text)
    return " ".join(html.unescape(text).split())


def downloads(site: SiteProcess, title: str, **query: Any) -> Answer:
    return site.get(f"{PAGES}/shop.{title}Download/", **query)


def document(site: SiteProcess, title: str, **query: Any) -> dict[str, Any]:
    answer = downloads(site, title, format="json", **query)
    assert answer.status == 200, answer.text
    found: dict[str, Any] = json.loads(answer.text)
    return found


def lines(answer: Answer) -> list[list[str]]:
    assert answer.status == 200, answer.text
    return list(csv.reader(answer.text.splitlines()))


def test_types_and_fields_have_names_for_people(site: SiteProcess, title: str) -> None:
    text = said(downloads(site, title))
    assert "Downloads of articles" in text
    assert f"shop.{title}Download" in text
    assert "Most frequent: article" in text
    assert "Downloads of articles" in said(site.get(f"{PAGES}/"))


@pytest.mark.parametrize("name", ["today", "last-7-days", "last-30-days", "all"])
def test_ranges_have_names(site: SiteProcess, title: str, name: str) -> None:
    found = document(site, title, range=name)
    days = {"today": 1, "last-7-days": 7, "last-30-days": 30, "all": _DAYS + 5}[name]
    # The site made its records some time ago, perhaps before midnight, and over it.
    assert abs(found["records"] - _A_DAY * days) <= 2 * _A_DAY
    assert (found["range"]["start"] is None) is (name == "all")
    page = downloads(site, title, range=name).text
    assert re.search(rf'href="\?range={name}" aria-current="true"', page)


def test_an_unknown_range_is_explained(site: SiteProcess, title: str) -> None:
    text = said(downloads(site, title, range="fortnight"))
    assert "There is no such range; there are: today, last-7-days," in text


def test_every_figure_is_of_the_range(site: SiteProcess, title: str) -> None:
    found = document(site, title, range="last-30-days", field="item_iri", split="on")
    records, periods = found["records"], found["histogram"]["periods"]
    assert sum(period["records"] for period in periods) == records
    assert periods[0]["start"] == found["range"]["start"] <= found["oldest"]
    assert periods[-1]["start"] <= found["as_of"] < found["range"]["end"]  # nothing to come
    assert [period["partial"] for period in periods[-2:]] == [False, True]
    assert sum(value["records"] for value in found["top"]["values"]) == records
    first = found["top"]["values"][0]
    assert first["value"] == "https://doi.example/0"
    assert sum(period["records"] for period in first["periods"]) == first["records"]
    assert found["unique"] == records / 2


def test_conditions_hold_for_every_figure(site: SiteProcess, title: str) -> None:
    whole = document(site, title, range="last-30-days", field="action")
    by_value = {value["value"]: value["records"] for value in whole["top"]["values"]}
    narrowed = document(site, title, range="last-30-days", field="action", **_OF_ACTION)
    assert narrowed["records"] == by_value["=download"]
    assert narrowed["conditions"] == [{"field": "action", "operator": "is", "value": "=download"}]
    assert [value["value"] for value in narrowed["top"]["values"]] == ["=download"]
    opposite = {**_OF_ACTION, "c0-operator": "not"}
    rest = document(site, title, range="last-30-days", **opposite)
    assert rest["records"] == by_value["-view"]
    assert rest["earlier"]["before"]["records"] < whole["earlier"]["before"]["records"]


def test_one_click_narrows_and_keeps_the_rest(site: SiteProcess, title: str) -> None:
    page = downloads(site, title, range="last-30-days", field="item_iri", **_OF_ACTION)
    links = re.findall(r'href="([^"]*)"[^>]*>https://doi.example/0</a>', page.text)
    query = dict(pair.split("=") for pair in html.unescape(links[0]).lstrip("?").split("&"))
    assert query["range"] == "last-30-days"
    assert query["c0-value"] == "%3Ddownload"
    assert (query["c1-field"], query["c1-operator"]) == ("item_iri", "is")
    search = re.findall(r'href="([^"]*)"[^>]*>Search records', page.text)
    assert "range=last-30-days&amp;c0-field=action" in search[0]


def test_bars_lead_to_the_records_behind_them(site: SiteProcess, title: str) -> None:
    page = downloads(site, title, range="last-30-days", **_OF_ACTION)
    bars = re.findall(r'<a href="([^"]*)" aria-label="[\d-]+: (\d+)', page.text)
    url, number = bars[10]
    found = site.get(f"{PAGES}/shop.{title}Download/records/", **_query(url))
    assert int(number) > 0
    assert f"of {number} records" in said(found) or f"{number} records" in said(found)


def _query(url: str) -> dict[str, str]:
    pairs = html.unescape(url).partition("?")[2].split("&")
    return {name: value.replace("%3D", "=") for name, value in (pair.split("=") for pair in pairs)}


def test_earlier_ranges_are_compared(site: SiteProcess, title: str) -> None:
    page = downloads(site, title, range="last-30-days")
    assert re.search(r"[+\N{MINUS SIGN}][\d,.]+\s% compared with the period before", said(page))
    assert "compared with the year before" in said(page)
    assert page.text.count('class="earlier"') == 2  # the line, and the legend
    without = downloads(site, title, range="last-30-days", compare="none")
    assert 'class="earlier"' not in without.text
    assert "compared with" not in said(without)
    assert "compared with" not in said(downloads(site, title, range="all"))


def test_periods_that_are_cut_off_say_so(site: SiteProcess, title: str) -> None:
    query = {"since": "2026-10-10", "to": "2026-11-20", "interval": "month", "compare": "none"}
    page = site.get(f"{PAGES}/shop.{title}View/", **query)
    assert "2026-10: 3,168 (from 10 Oct)" in page.text
    assert "2026-11: 2,880 (to 20 Nov)" in page.text
    assert page.text.count('class="bar partial"') == 3  # and the legend
    present = downloads(site, title, range="today")
    assert "(so far)" in present.text


# Who may see what.


@pytest.mark.parametrize(
    "query", [_OF_ACTION, {"field": "action"}, {"field": "action", "format": "csv"}]
)
def test_values_are_for_those_who_may_see_records(
    site: SiteProcess, title: str, query: dict[str, str]
) -> None:
    page = f"{PAGES}/shop.{title}Download/"
    assert site.get(page, "figures", **query).status == 403
    assert site.get(page, "both", **query).status == 200
    plain = site.get(page, "figures", range="all")
    assert plain.status == 200
    assert "doi.example" not in plain.text
    assert "unique sessions" in said(plain)
    assert "doi.example" not in site.get(page, "figures", range="all", format="json").text


def test_records_are_downloaded_by_those_who_may(site: SiteProcess, title: str) -> None:
    page = f"{PAGES}/shop.{title}View/records/"
    assert site.get(page, "figures", format="csv").status == 403
    found = lines(site.get(page, "records", format="csv", since="2026-11"))
    assert found[0] == ["timestamp", "item_id", "path", "agent", "tags", "paid"]
    assert len(found) == 1 + 3_241
    assert found[1][:3] == ["2026-11-23 12:00:00", "0", "/items/0/"]
    assert found[2][4:] == ["new, hot", "false"]


def test_no_cell_of_a_download_is_a_formula(site: SiteProcess, title: str) -> None:
    answers = [
        downloads(site, title, range="all", format="csv", table="values", field="action"),
        downloads(site, title, range="last-7-days", format="csv", field="action", split="on"),
        site.get(f"{PAGES}/shop.{title}Download/records/", format="csv"),
    ]
    for answer in answers:
        assert "'=download" in answer.text
        assert not [cell for row in lines(answer) for cell in row if cell.startswith(("=", "-v"))]
    name = answers[0].headers["Content-Disposition"]
    assert re.search(rf"shop\.{title}Download_[\d-]+_to_[\d-]+_by_action\.csv", name)


def test_a_download_from_a_cluster_that_is_away_is_no_file(site: SiteProcess, title: str) -> None:
    answer = site.get(f"{PAGES}/shop.{title}Away/records/", format="csv")
    assert "is unreachable" in said(answer)
    assert "attachment" not in answer.headers.get("Content-Disposition", "")


# What it costs.


@pytest.mark.parametrize(
    ("path", "query", "most"),
    [
        # What the indexes hold, totals, figures; and the earlier ranges, if there is a range.
        ("shop.{title}View/", {}, 3),
        ("shop.{title}View/", {"since": "2026-10", "to": "2026-11", "field": "path"}, 4),
        ("shop.{title}Download/", {"range": "last-30-days", "split": "on"}, 4),
        ("shop.{title}Download/", {"since": "2026-11-23", "interval": "hour"}, 4),
        ("shop.{title}View/records/", {}, 1),
        ("shop.{title}View/records/", {"range": "last-30-days"}, 1),
    ],
)
def test_a_page_takes_few_searches(
    site: SiteProcess, title: str, path: str, query: dict[str, str], most: int
) -> None:
    answer = site.get(f"{PAGES}/{path.format(title=title)}", **query)
    assert answer.status == 200
    assert int(answer.headers["Searches"]) <= most


def test_the_list_takes_two_searches_a_type_and_one_more_a_cluster(
    site: SiteProcess, title: str
) -> None:
    answer = site.get(f"{PAGES}/")
    assert f"shop.{title}View" in answer.text
    shown = len(re.findall(r'<th scope="row"><a href=', answer.text))
    clusters = len(re.findall("Elasticsearch [6789]", said(answer)))
    away = answer.text.count("its backend does not answer")
    assert int(answer.headers["Searches"]) <= 2 * (shown - away) + clusters


def test_the_last_days_are_in_the_list(site: SiteProcess, title: str) -> None:
    answer = site.get(f"{PAGES}/")
    row = re.search(rf"(?s)shop\.{title}Download</small>.*?</tr>", answer.text)
    assert row is not None
    assert re.search(r'<path d="M0 [\dL. ]+"/></svg> 3[67]\d<', row[0])


def test_indexes_are_summed_by_month(site: SiteProcess, title: str) -> None:
    answer = downloads(site, title)
    assert re.search(r"<summary>\d{4}-\d\d: \d+ indexes</summary>", answer.text)
    assert re.search(rf"{_DAYS + 5}|{_DAYS + 6} indexes in all 540", said(answer))


def test_what_is_wrong_is_open(site: SiteProcess, title: str) -> None:
    folded = downloads(site, title).text
    assert folded.count('<details class="module djelme-fold">') == 3
    drifted = site.get(f"{PAGES}/shop.{title}Drifted/").text
    assert '<details class="module djelme-fold" open>' in drifted


def test_figures_of_deleted_records_are_those_of_a_report(site: SiteProcess, title: str) -> None:
    page = f"{PAGES}/shop.{title}Rental/"
    text = said(site.get(page))
    assert "3 records, by month" in text
    assert f"1 cycle comes from the report shop.{title}RentalMonthly (2025-10-01 " in text
    assert "The records of 1 cycle are deleted; its figures are kept there." in text
    document = json.loads(site.get(page, format="json", field="item_id").text)
    assert document["top"]["values"] == [{"value": 1, "records": 2}, {"value": 2, "records": 1}]
    assert document["from"]["report"] == f"shop.{title}RentalMonthly"
    assert (document["from"]["kept"], document["missing_cycles"]) == (1, 0)
    text = said(site.get(page, interval="day"))
    assert "The records of 1 cycle have expired or are deleted" in text
