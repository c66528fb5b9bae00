"""Options of the steps, as argparse gets them."""

from __future__ import annotations

import argparse

from elasticsearch_metrics.migration.management.migrate import STEPS
from elasticsearch_metrics.migration.management.migrate.option import LOSS_OPTION, number, switch


def test_options_are_parsed() -> None:
    parser = argparse.ArgumentParser()
    for option in (LOSS_OPTION, number("--rate", "how fast", default=2.5), switch("--full", "all")):
        option.add_to(parser)
    assert vars(parser.parse_args([])) == {"accept_loss": [], "rate": 2.5, "full": False}
    given = parser.parse_args(["--accept-loss", "a", "--accept-loss", "b", "--rate", "3", "--full"])
    assert vars(given) == {"accept_loss": ["a", "b"], "rate": 3.0, "full": True}


def test_each_step_says_what_it_does() -> None:
    names = [step.name for step in STEPS]
    assert names == [
        "list",
        "status",
        "plan",
        "start",
        "backfill",
        "verify",
        "cutover",
        "finish",
        "rollback",
    ]
    assert all(step.help for step in STEPS)
