"""Steps in any order, and the index that keeps the state, within Elasticsearch 9."""

from __future__ import annotations

import pytest
from shop_tests.order import StateIndexTests, StepOrderTests

IMPS = ("elastic9", "elastic9")

# What steps do is the same as within 8, where this runs always.
pytestmark = [pytest.mark.usefixtures("quick"), pytest.mark.slow]


class TestStepOrder(StepOrderTests):
    """Every step in every phase."""


class TestStateIndex(StateIndexTests):
    """The index that keeps the state."""
