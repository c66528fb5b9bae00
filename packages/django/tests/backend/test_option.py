from __future__ import annotations

from typing import Any

import pytest

from djelme.errors import ConfigurationError
from elasticsearch_metrics.backend.option import check_option_names, split_options

CLIENT = frozenset({"hosts", "request_timeout"})


def test_options_are_split() -> None:
    own, client = split_options(
        "main", {"hosts": "http://h", "djelme_default_index_name_prefix": "a-"}
    )
    assert own["default_index_name_prefix"] == "a-"
    assert own["delivery_options"].mode == "direct"
    assert client == {"hosts": "http://h"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"host": "h"}, r"\['main'\]: the client has no option 'host'.*hosts"),
        ({"djelme_delivry": "direct"}, r"djelme has no option.*djelme_delivery"),
    ],
)
def test_unknown_options_name_similar_ones(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        check_option_names("main", options, CLIENT)


@pytest.mark.parametrize(
    "options",
    [{"djelme_default_index_name_prefix": 7}, {"djelme_delivery": "carrier pigeon"}],
)
def test_wrong_values_name_backend_and_option(options: dict[str, Any]) -> None:
    (name,) = options
    with pytest.raises(ConfigurationError, match=rf"\['main'\]: {name}"):
        split_options("main", options)
