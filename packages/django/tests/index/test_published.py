from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from djelme.errors import DjelmeSetupError
from elasticsearch_metrics.index.published import (
    require_published_kept,
    require_published_read,
    sync_published,
)
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from elasticsearch_metrics.index.placement import Placement

OWN = {"priority": 500}
OLD = {"index_patterns": ["shop_usage_*"], "template": {"mappings": {"dynamic": True}}}
KEPT = {**OLD, "index_patterns": ["shop_usage_*."], "priority": 501}


class Templates:
    """The templates of a cluster."""

    name = "main"

    def __init__(self, **bodies: Any) -> None:
        self.bodies = bodies

    def get_template(self, name: str) -> Any:
        return self.bodies.get(name)

    def put_template(self, name: str, body: Any) -> None:
        self.bodies[name] = body

    def delete_template(self, name: str) -> None:
        del self.bodies[name]

    def flatten_template(self, body: Any) -> Any:
        return body


def placed(recordtype: Any, backend: Templates) -> Placement:
    own = djelme_registry.placement(recordtype)
    return replace(own, _get_backend=lambda: backend)  # type: ignore[arg-type, return-value]


def test_the_old_versions_template_is_kept_as_long_as_it_is_there(make_type: Any) -> None:
    backend = Templates(shop_usage__template=OLD)
    placement = placed(make_type(), backend)
    kept = placement.kept_template_name
    with pytest.raises(DjelmeSetupError, match=r"would be refused.*djelme_backend_setup"):
        require_published_kept(placement, OWN)
    assert sync_published(placement, OWN)
    assert backend.bodies[kept] == KEPT
    require_published_kept(placement, OWN)
    assert not sync_published(placement, OWN), "there is nothing to change"

    backend.bodies["shop_usage__template"] = {**OLD, "template": {}}
    with pytest.raises(DjelmeSetupError, match="missing or out of date"):
        require_published_kept(placement, OWN)
    assert sync_published(placement, OWN)

    del backend.bodies["shop_usage__template"]
    require_published_kept(placement, OWN)
    assert sync_published(placement, OWN)
    assert backend.bodies == {}


def test_without_an_old_version_nothing_is_done(make_type: Any) -> None:
    backend = Templates()
    placement = placed(make_type(), backend)
    require_published_kept(placement, OWN)
    require_published_read(placement)
    assert not sync_published(placement, OWN)
    assert backend.bodies == {}


def test_a_legacy_template_of_that_name_is_somebody_elses(make_type: Any) -> None:
    backend = Templates(shop_usage__template={"index_patterns": ["shop_usage_*"], "mappings": {}})
    placement = placed(make_type(), backend)
    assert not sync_published(placement, OWN)
    require_published_kept(placement, OWN)


def test_a_type_that_would_not_read_what_was_written_is_told(make_type: Any) -> None:
    recordtype = make_type(app_label="my_shop")
    backend = Templates(myshop_usage__template=OLD)
    with pytest.raises(DjelmeSetupError, match=r'template_name = "myshop_usage".*delete'):
        require_published_read(placed(recordtype, backend))
    require_published_read(placed(recordtype, Templates()))
