"""From Elasticsearch 6 to 8, while the site goes on writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from shop_tests.pair import PairTests, migrate_under_load

if TYPE_CHECKING:
    from shop_tests.shop import Shop

IMPS = ("elastic6", "elastic8")


class TestPair(PairTests):
    """The whole way, and what may happen on it."""


@pytest.mark.slow
@pytest.mark.usefixtures("patient")
def test_nothing_is_lost_or_doubled_under_load_of_100_000_events(shop: Shop) -> None:
    migrate_under_load(shop, before=20_000, written=100_000, rate=600, kills=20, speed=1_000)
