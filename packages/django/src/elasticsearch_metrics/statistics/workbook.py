"""Tables as a workbook for spreadsheets (XLSX), by the extra ``[xlsx]``."""

from __future__ import annotations

import datetime
import importlib
import importlib.util
import io
import re
from typing import TYPE_CHECKING

from djelme.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ("can_write_workbooks", "workbook")

_PACKAGE = "openpyxl"
#: What XML 1.0, of which workbooks are made, can't hold; and surrogates, which no file can.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: Most characters of a cell, and digits of a number that spreadsheets keep.
_MAX_TEXT, _MAX_DIGITS = 32_767, 15


def can_write_workbooks() -> bool:
    """Return whether the extra is installed."""
    return importlib.util.find_spec(_PACKAGE) is not None


def workbook(tables: Mapping[str, Iterable[Sequence[object]]]) -> bytes:
    """Return tables as a workbook. Its rows are written one by one, without being kept.

    Texts are texts, whatever they begin with: no cell is a formula.

    Args:
        tables: headings and rows, by the names of their sheets.

    Raises:
        ConfigurationError: if the extra isn't installed.
    """
    if not can_write_workbooks():
        msg = (
            "workbooks need the package openpyxl; install it with: "
            "pip install 'django-elasticsearch-metrics[xlsx]'"
        )
        raise ConfigurationError(msg)
    openpyxl = importlib.import_module(_PACKAGE)
    make_cell = importlib.import_module("openpyxl.cell").WriteOnlyCell
    book = openpyxl.Workbook(write_only=True)
    for name, rows in tables.items():
        sheet = book.create_sheet(name)
        for row in rows:
            cells = []
            for value in row:
                cell = make_cell(sheet, _value(value))
                if isinstance(value, str):
                    cell.data_type = "s"  # else a text that begins with "=" would be a formula
                cells.append(cell)
            sheet.append(cells)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _value(value: object) -> object:
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, str):
        return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", value)[:_MAX_TEXT]
    if isinstance(value, int) and len(str(abs(value))) > _MAX_DIGITS:
        return str(value)  # as a number it would lose its last digits
    return value
