from __future__ import annotations

import pytest

from elasticsearch_metrics.lifecycle.auto_creation import AutoCreation


@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        ("true", True),
        ("false", False),
        ("+*", True),
        ("-*", False),
        ("shop_*", True),
        ("+shop_usage_*, -*", True),
        ("-shop_*,+*", False),
        ("+shop_usage_2026.*,-shop_*,+*", True),
        ("+logs-*", False),  # what no pattern matches is refused
    ],
)
def test_the_first_pattern_that_matches_decides(value: str, allowed: bool) -> None:
    assert AutoCreation(value).allows("shop_usage_2026.11.23") is allowed


@pytest.mark.parametrize("value", ["true", "false", "+*", "-*", "-logs-*,+*", "+shop_*,-*"])
def test_what_is_proposed_does_what_it_should(value: str) -> None:
    setting, patterns = AutoCreation(value), ["shop_usage_*", "shop_thing"]
    refusing = AutoCreation(setting.refusing(patterns))
    allowing = AutoCreation(setting.allowing(patterns))
    for index in ("shop_usage_2026.11.23", "shop_thing"):
        assert not refusing.allows(index)
        assert allowing.allows(index)
    for other in ("logs-1", "shopping"):
        assert refusing.allows(other) is setting.allows(other)
        assert allowing.allows(other) is setting.allows(other)
