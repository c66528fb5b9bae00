"""Errors about reports survive pickling."""

from __future__ import annotations

import pickle

import pytest

from elasticsearch_metrics.report import errors

_ABOUT = {
    errors.ReportLockedError: {"report": "a.B", "owner": "process 1", "since": "now"},
    errors.ReportStateIndexError: {"index": "i", "backend": "b"},
}


@pytest.mark.parametrize("name", errors.__all__)
def test_pickling(name: str) -> None:
    cls = getattr(errors, name)
    about = _ABOUT.get(cls, {"report": "a.B"})
    error = cls("it failed", **about)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - its own
    assert (type(again), str(again)) == (cls, str(error))
    assert {key: getattr(again, key) for key in about} == about
