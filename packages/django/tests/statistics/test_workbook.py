from __future__ import annotations

import datetime
import io

import openpyxl
import pytest

from djelme.errors import ConfigurationError
from elasticsearch_metrics.statistics import workbook as module
from elasticsearch_metrics.statistics.workbook import workbook


def test_cells_keep_their_types_and_are_no_formulas() -> None:
    moment = datetime.datetime(2026, 11, 23, 4, tzinfo=datetime.timezone.utc)
    rows = [
        ("day", "records"),
        (datetime.date(2026, 11, 23), 7),
        (moment, "=1+1"),
        ("\x00\ud800\x1b", 2**63),
        (None, True),
    ]
    book = openpyxl.load_workbook(io.BytesIO(workbook({"periods": rows, "values": [("a",)]})))
    assert book.sheetnames == ["periods", "values"]
    cells = [[cell.value for cell in row] for row in book["periods"].iter_rows()]
    assert cells == [
        ["day", "records"],
        [datetime.datetime(2026, 11, 23), 7],  # noqa: DTZ001 - as openpyxl gives dates
        [datetime.datetime(2026, 11, 23, 4), "=1+1"],  # noqa: DTZ001
        ["\ufffd\ufffd\ufffd", str(2**63)],
        [None, True],
    ]
    assert book["periods"]["B3"].data_type == "s"


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PACKAGE", "no_such_package")
    with pytest.raises(ConfigurationError, match=r"django-elasticsearch-metrics\[xlsx\]"):
        workbook({})
