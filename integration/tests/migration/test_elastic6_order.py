"""Steps in any order, and the index that keeps the state, within Elasticsearch 6."""

from __future__ import annotations

import pytest
from shop_tests.order import StateIndexTests, StepOrderTests

IMPS = ("elastic6", "elastic6")

pytestmark = pytest.mark.usefixtures("quick")


class TestStepOrder(StepOrderTests):
    """Every step in every phase."""


class TestStateIndex(StateIndexTests):
    """The index that keeps the state."""
