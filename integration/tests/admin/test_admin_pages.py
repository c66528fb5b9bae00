"""What the pages say, of record types in every state, on every imp."""

from __future__ import annotations

import csv
import html
import json
import re
from typing import TYPE_CHECKING

import pytest
from site_process import PAGES

if TYPE_CHECKING:
    from site_process import Answer, SiteProcess

_RECORDS = 10_400
_NAMES = [
    "../_all",
    "*",
    "shop.*",
    "shop.{title}View,shop.{title}Visit",
    "-shop.{title}View",
    "shop.{title}view",
    "shop.\N{LATIN SMALL LETTER A WITH DIAERESIS}",
    "x" * 300,
    "%2e%2e%2f_all",
    "shop.",
]


def said(answer: Answer) -> str:
    """Return the text of a page, with single spaces."""
    text = re.sub(r"(?s)<(style|title|script|head)\b.*?</\1>|<[^>]*>", " ", answer.text)
    return " ".join(html.unescape(text).split())


def rows(answer: Answer) -> list[list[str]]:
    """Return the texts of the cells of the last table of a page."""
    table = re.findall(r"(?s)<tbody>(.*?)</tbody>", answer.text)[-1]
    return [
        [
            html.unescape(re.sub("<[^>]*>", "", cell)).strip()
            for cell in re.findall(r"(?s)<t[dh][^>]*>(.*?)</t[dh]>", row)
        ]
        for row in re.findall(r"(?s)<tr[^>]*>(.*?)</tr>", table)
    ]


# Who may see what.


@pytest.mark.parametrize("path", ["", "shop.{title}View/", "shop.{title}View/records/"])
@pytest.mark.parametrize("user", [None, "visitor", "nobody"])
def test_pages_are_for_staff_with_a_permission(
    site: SiteProcess, title: str, path: str, user: str | None
) -> None:
    answer = site.get(f"{PAGES}/{path.format(title=title)}", user)
    is_asked_to_log_in = "/admin/login/" in answer.url
    assert is_asked_to_log_in if user in {None, "visitor"} else answer.status == 403
    assert "10,400" not in answer.text
    assert "/items/" not in answer.text


def test_figures_and_records_have_a_permission_each(site: SiteProcess, title: str) -> None:
    figures, records = f"{PAGES}/shop.{title}View/", f"{PAGES}/shop.{title}View/records/"
    for user, may_see_figures, may_see_records in (
        ("figures", True, False),
        ("records", False, True),
        ("both", True, True),
        ("root", True, True),
    ):
        assert site.get(figures, user).status == (200 if may_see_figures else 403)
        assert site.get(records, user).status == (200 if may_see_records else 403)
        assert ("Record types" in site.get("admin/", user).text) is may_see_figures
    assert "Search records" not in site.get(figures, "figures").text
    assert "Search records" in site.get(figures, "both").text
    assert "/recordtype/&quot;" not in site.get(records, "records").text


def test_nothing_can_be_added_changed_or_deleted(site: SiteProcess, title: str) -> None:
    for path in ("add/", f"shop.{title}View/change/", f"shop.{title}View/delete/"):
        assert site.get(f"{PAGES}/{path}").status == 404


def test_another_admin_site_leads_to_its_own_pages(site: SiteProcess, title: str) -> None:
    answer = site.get(f"own/elasticsearch_metrics/recordtype/shop.{title}View/")
    assert answer.status == 200
    assert f"/own/elasticsearch_metrics/recordtype/shop.{title}View/records/" in answer.text
    assert "/admin/elasticsearch_metrics/" not in answer.text


# All record types.


def test_the_overview_tells_every_state(site: SiteProcess, title: str) -> None:
    answer = site.get(f"{PAGES}/")
    assert answer.status == 200
    text = said(answer)
    assert re.search(rf"shop\.{title}View set up 10,400 [\d,]+ [\d.]+ [KM]B 3 \d+", text)
    assert f"shop.{title}Visit set up 0 0 0 bytes 0 \N{EN DASH}" in text
    assert f"shop.{title}New not set up 0" in text
    assert f"shop.{title}Drifted outdated 0" in text
    assert re.search(rf"shop\.{title}Away not known its backend does not answer", text)
    assert re.search(rf"{title.lower()} Elasticsearch [6789]\.\d+\.\d+ ", text)
    assert f"backend '{title.lower()}-away' is unreachable" in text


# Figures of one record type.


def test_figures_are_counted_by_period(site: SiteProcess, title: str) -> None:
    page = f"{PAGES}/shop.{title}View/"
    query = {"since": "2026-11-20", "to": "2026-11-24", "interval": "day", "compare": "none"}
    answer = site.get(page, **query)
    assert "505 records, by day; times are in UTC." in said(answer)
    titles = re.findall("<title>(2026-.*?)</title>", answer.text)
    assert titles == [
        "2026-11-20: 144",
        "2026-11-21: 144",
        "2026-11-22: 144",
        "2026-11-23: 73",
        "2026-11-24: 0",
    ]
    table = re.findall(
        r'<tr><th scope="row"><a href="(.*?)">(.*?)</a></th><td class="number">(.*?)</td>',
        answer.text,
    )
    assert [row[1:] for row in table[:2]] == [("2026-11-24", "0"), ("2026-11-23", "73")]
    assert html.unescape(table[1][0]).endswith("records/?since=2026-11-23&to=2026-11-23")


def test_figures_can_be_downloaded(site: SiteProcess, title: str) -> None:
    page = f"{PAGES}/shop.{title}View/"
    query = {
        "since": "2026-11-20",
        "before": "2026-11-25",
        "interval": "day",
        "compare": "none",
    }
    as_csv = site.get(page, format="csv", **query)
    assert as_csv.headers["Content-Type"] == "text/csv; charset=utf-8"
    name = f'filename="shop.{title}View_2026-11-20_to_2026-11-24_by_day.csv"'
    assert name in as_csv.headers["Content-Disposition"]
    lines = list(csv.reader(as_csv.text.splitlines()))
    assert lines[0] == ["day", "records", "partial"]
    assert lines[1] == ["2026-11-20", "144", "false"]
    assert [line[1] for line in lines[1:]] == ["144", "144", "144", "73", "0"]
    as_json = json.loads(site.get(page, format="json", **query).text)
    assert as_json["recordtype"] == f"shop.{title}View"
    assert as_json["records"] == 505
    assert as_json["range"] == {
        "start": "2026-11-20T00:00:00.000Z",
        "end": "2026-11-25T00:00:00.000Z",
    }
    assert as_json["oldest"] == "2026-11-20T00:00:00.000Z"
    assert as_json["histogram"]["interval"] == "day"
    assert as_json["histogram"]["periods"][3] == {
        "start": "2026-11-23T00:00:00.000Z",
        "records": 73,
        "partial": False,
    }


def test_without_a_filter_all_records_are_there(site: SiteProcess, title: str) -> None:
    downloaded = json.loads(site.get(f"{PAGES}/shop.{title}View/", format="json").text)
    periods = downloaded["histogram"]["periods"]
    assert sum(period["records"] for period in periods) == _RECORDS
    assert downloaded["newest"].startswith("2026-11-23T12:00:00")


def test_many_periods_are_drawn_as_one_outline(site: SiteProcess, title: str) -> None:
    query = {"since": "2026-10", "before": "2026-11", "interval": "hour"}
    answer = site.get(f"{PAGES}/shop.{title}View/", **query)
    assert "4,464 records, by hour" in said(answer)
    assert len(re.findall(r'<path class="bar" d="M0 200V', answer.text)) == 1
    assert "344 earlier periods are in the downloads." in said(answer)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"since": "yesterday"}, "Give a date or time such as"),
        ({"since": "2026-13"}, "Give a date or time such as"),
        ({"since": "2" * 300}, "Give a date or time such as"),
        ({"since": "2026-11", "before": "2026-10"}, "The range ends before it begins."),
        ({"interval": "fortnight"}, "Select a valid choice"),
        ({"since": "1000", "before": "2026", "interval": "minute"}, "choose a longer interval"),
    ],
)
def test_wrong_filters_are_explained(
    site: SiteProcess, title: str, query: dict[str, str], expected: str
) -> None:
    page = f"{PAGES}/shop.{title}View/"
    answer = site.get(page, **query)
    assert answer.status == 200
    assert expected in said(answer)
    assert site.get(page, format="csv", **query).status == 400


def test_drift_is_told_in_words(site: SiteProcess, title: str) -> None:
    text = said(site.get(f"{PAGES}/shop.{title}Drifted/"))
    assert "outdated: the index template differs from the class" in text
    assert re.search(r"number_of_shards : the class has 1 , the server 3", text)
    assert "python manage.py djelme_backend_setup shop" in text


@pytest.mark.parametrize("name", ["Visit", "New"])
def test_types_without_records_have_pages(site: SiteProcess, title: str, name: str) -> None:
    answer = site.get(f"{PAGES}/shop.{title}{name}/")
    assert answer.status == 200
    assert "There are no records in this range of time." in said(answer)
    assert "There are no such records." in said(site.get(f"{PAGES}/shop.{title}{name}/records/"))


def test_a_type_without_time_has_no_chart(site: SiteProcess, title: str) -> None:
    answer = site.get(f"{PAGES}/shop.{title}Plain/")
    assert answer.status == 200
    assert "Records by time" not in answer.text
    assert site.get(f"{PAGES}/shop.{title}Plain/", format="csv").status == 400


def test_expiry_is_told_by_index(site: SiteProcess, title: str) -> None:
    found = {row[0].rpartition("_")[2]: row for row in rows(site.get(f"{PAGES}/shop.{title}View/"))}
    assert sorted(found) == ["2026.09", "2026.10", "2026.11"]
    assert found["2026.11"][1] == "3,241"
    assert found["2026.11"][4] in {"2026-12-31 00:00", "expired"}


@pytest.mark.parametrize("path", ["", "records/"])
def test_a_silent_cluster_is_named_instead_of_waited_for(
    site: SiteProcess, title: str, path: str
) -> None:
    answer = site.get(f"{PAGES}/shop.{title}Away/{path}")
    assert answer.status == 200
    assert f"backend '{title.lower()}-away' is unreachable" in said(answer)
    assert "nothing is wrong" not in said(answer)
    assert site.get(f"{PAGES}/shop.{title}Away/", format="json").status == 503


# Records.


def test_records_are_paged_to_a_clear_end(site: SiteProcess, title: str) -> None:
    page = f"{PAGES}/shop.{title}View/records/"
    first = site.get(page)
    assert "1\N{EN DASH}50 of more than 10,000 records" in said(first)
    moment = "2026-11-23T12:00:00.000Z2026-11-23 07:00:00 EST"
    assert rows(first)[0][:3] == [moment, "0", "/items/0/"]
    assert "Go on with the records before these" not in said(first)
    last = site.get(page, p=200)
    assert rows(last)[-1][1] == "9999"
    for beyond in ("201", "9" * 300):
        assert rows(site.get(page, p=beyond))[-1][1] in {"9999", "49"}
    resume = re.search(r'href="\?([^"]*)">Go on with', last.text)
    assert resume is not None
    query = dict(pair.split("=") for pair in html.unescape(resume[1]).split("&"))
    following = site.get(page, to=query["to"].replace("%3A", ":"))
    assert rows(following)[0][1] == "9999"
    assert "1\N{EN DASH}50 of 401 records" in said(following)


@pytest.mark.parametrize(
    "number", ["0", "-1", "x", "1e3", "\N{ARABIC-INDIC DIGIT TWO}", "1 OR 1", ""]
)
def test_anything_else_than_a_page_number_is_the_first_page(
    site: SiteProcess, title: str, number: str
) -> None:
    assert rows(site.get(f"{PAGES}/shop.{title}View/records/", p=number))[0][1] == "0"


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([("item_id", "is", "7")], ["7"]),
        ([("item_id", "below", "3")], ["0", "1", "2"]),
        ([("item_id", "from", "10398"), ("item_id", "not", "10398")], ["10399"]),
        ([("path", "starts", "/items/1039")], ["1039", *map(str, range(10390, 10400))]),
        ([("path", "is", "/items/12/")], ["12"]),
        ([("path", "is", "/items/*")], []),
        ([("tags", "is", "new"), ("item_id", "below", "4")], ["1", "3"]),
        ([("tags", "unset", ""), ("item_id", "below", "4")], ["0", "2"]),
        ([("agent", "set", ""), ("item_id", "below", "150")], ["0", "100"]),
        ([("paid", "is", "true"), ("item_id", "below", "7")], ["0", "3", "6"]),
        ([("timestamp", "from", "2026-11-23T11:45")], ["0", "1"]),
    ],
)
def test_records_are_found_by_their_fields(
    site: SiteProcess, title: str, conditions: list[tuple[str, str, str]], expected: list[str]
) -> None:
    query = {
        f"c{place}-{name}": value
        for place, condition in enumerate(conditions)
        for name, value in zip(("field", "operator", "value"), condition, strict=True)
    }
    answer = site.get(f"{PAGES}/shop.{title}View/records/", **query)
    assert answer.status == 200
    if not expected:
        assert "There are no such records." in said(answer)
    else:
        assert [row[1] for row in rows(answer)] == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (("item_id", "is", "seven"), "Give a whole number"),
        (("item_id", "is", str(2**63)), "Give a whole number"),
        (("item_id", "starts", "1"), "is of the type long"),
        (("paid", "is", "perhaps"), "Give true or false."),
        (("path", "is", ""), "Give a value."),
        (("timestamp", "below", "soon"), "Give a date or time"),
        (("_id", "is", "x"), "Select a valid choice"),
        (("../path", "is", "x"), "Select a valid choice"),
        (("*", "is", "x"), "Select a valid choice"),
        (("p" * 300, "is", "x"), "Select a valid choice"),
        (("", "is", "x"), "Choose a field for this value."),
        (("path", "script", "x"), "Select a valid choice"),
        (("path", "is", "x" * 1001), "at most 1000 characters"),
        (("path", "is", "\0"), "Null characters are not allowed"),
    ],
)
def test_wrong_conditions_are_explained(
    site: SiteProcess, title: str, condition: tuple[str, str, str], expected: str
) -> None:
    query = dict(zip(("c0-field", "c0-operator", "c0-value"), condition, strict=True))
    answer = site.get(f"{PAGES}/shop.{title}View/records/", **query)
    assert answer.status == 200
    assert expected in said(answer)
    assert "/items/" not in said(answer)


def test_records_without_source_are_read_from_doc_values(site: SiteProcess, title: str) -> None:
    if title != "Elastic6":
        assert site.get(f"{PAGES}/shop.{title}Metric/records/").status == 404
        return
    answer = site.get(f"{PAGES}/shop.{title}Metric/records/")
    moment = "2026-11-23T12:00:00.000Z2026-11-23 07:00:00 EST"
    assert rows(answer) == [[moment, "6", "/from/doc-values"]]


def test_values_steer_no_page(site: SiteProcess, title: str) -> None:
    answer = site.get(f"{PAGES}/shop.{title}Plain/records/")
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in answer.text
    assert "\N{REPLACEMENT CHARACTER}" + "x" * 300 in answer.text
    evil = site.get(f"{PAGES}/shop.{title}View/records/").text
    assert "<script>document.title" not in evil
    assert "&lt;script&gt;document.title" in evil


@pytest.mark.parametrize("name", _NAMES)
@pytest.mark.parametrize("path", ["", "records/"])
def test_other_names_reach_nothing(site: SiteProcess, title: str, name: str, path: str) -> None:
    answer = site.get(f"{PAGES}/{name.format(title=title)}/{path}")
    assert answer.status == 404
    assert "10,400" not in answer.text
