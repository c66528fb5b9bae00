from __future__ import annotations

from typing import Any

import pytest

from djelme.errors import BackendRefusedError, UnsupportedFeatureError
from elasticsearch_metrics.index.missing_feature import put_template
from elasticsearch_metrics.registry import djelme_registry

ANALYSIS = {
    "tokenizer": {"levels": {"type": "path_hierarchy"}},
    "filter": {"stems": {"type": "stemmer", "language": "french"}},
    "analyzer": {
        "paths": {"type": "custom", "tokenizer": "levels"},
        "texts": {"type": "custom", "tokenizer": "standard", "filter": ["stems"]},
    },
    "normalizer": {"plain": {"type": "custom", "filter": ["asciifolding"]}},
}
FIELDS = {
    "release": {"type": "version"},
    "file": {
        "properties": {
            "path": {"type": "text", "analyzer": "paths"},
            "title": {"type": "keyword", "fields": {"french": {"type": "text"}}},
        }
    },
    "note": {"type": "text", "search_analyzer": "texts"},
    "name": {"type": "keyword", "normalizer": "plain"},
    "summary": {"type": "text", "analyzer": "french"},
}
SAYINGS = {
    "The mapper type [version] declared on field [v] does not exist.": (
        "field type 'version'",
        ["release"],
    ),
    "No handler for type [version] declared on field [v]": ("field type 'version'", ["release"]),
    "Unknown tokenizer type [path_hierarchy] for [levels]": (
        "tokenizer 'path_hierarchy'",
        ["file.path"],
    ),
    "Custom Analyzer [plain] failed to find filter under name [asciifolding]": (
        "filter 'asciifolding'",
        ["name"],
    ),
    "Unknown filter type [stemmer] for [stems]": ("filter 'stemmer'", ["note"]),
    "analyzer [french] has not been configured in mappings": (
        "analyzer 'french'",
        ["note", "summary"],
    ),
    "analyzer [french] not found for field [t]": ("analyzer 'french'", ["note", "summary"]),
    "keyword tokenizer factory is null, normalizers require analysis-common module": (
        "kind of analysis 'normalizer'",
        ["name"],
    ),
}


@pytest.fixture
def refuse(make_type: Any) -> Any:
    """Return a function that puts a template which the server refuses."""
    placement = djelme_registry.placement(make_type())

    def refuse(reason: str, body: dict[str, Any], status: int = 400) -> BackendRefusedError:
        placement.backend.error = BackendRefusedError(  # type: ignore[attr-defined]
            backend="main", status=status, reason=f"illegal_argument_exception: {reason}"
        )
        with pytest.raises(BackendRefusedError) as caught:
            put_template(placement, body)
        return caught.value

    return refuse


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("reason", SAYINGS)
def test_field_and_feature_are_named(refuse: Any, reason: str, legacy: bool) -> None:
    mappings: dict[str, Any] = {"properties": FIELDS}
    if legacy:
        body = {"settings": {"index": {"analysis": ANALYSIS}}, "mappings": {"doc": mappings}}
    else:
        body = {"template": {"settings": {"analysis": ANALYSIS}, "mappings": mappings}}
    error = refuse(reason, body)
    assert isinstance(error, UnsupportedFeatureError)
    feature, fields = SAYINGS[reason]
    assert (error.feature, list(error.fields)) == (feature, fields)
    assert f"shop.Usage.{fields[0]}" in str(error)
    assert feature in str(error)
    assert isinstance(error.__cause__, BackendRefusedError)


def test_a_feature_that_no_field_is_known_to_need(refuse: Any) -> None:
    error = refuse("Unknown filter type [icu_folding] for [x]", {"template": {}})
    assert str(error).startswith("shop.Usage can't be set up in backend 'main': the server lacks")


def test_other_refusals_stay_what_they_are(refuse: Any) -> None:
    error = refuse("index template [x] has index patterns [a*] matching [y]", {"template": {}})
    assert type(error) is BackendRefusedError
