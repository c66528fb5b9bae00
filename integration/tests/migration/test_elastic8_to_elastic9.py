"""From Elasticsearch 8 to 9, while the site goes on writing."""

from __future__ import annotations

from shop_tests.pair import PairTests

IMPS = ("elastic8", "elastic9")


class TestPair(PairTests):
    """The whole way, and what may happen on it."""
