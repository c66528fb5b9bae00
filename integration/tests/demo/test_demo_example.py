"""The examples in the docstrings of the demonstration are right."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize(
    "name", ["demo.bar", "demo.report", "demo.flights.chart", "demo.flights.templatetags.humane"]
)
def test_examples(name: str) -> None:
    outcome = doctest.testmod(import_module(name))
    assert outcome.attempted > 0
    assert outcome.failed == 0
