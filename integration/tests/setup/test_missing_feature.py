"""Record types that need what a minimal distribution of Elasticsearch lacks."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from djelme.errors import UnsupportedFeatureError
from djelme_testing.conformance.site import Body

if TYPE_CHECKING:
    from djelme_testing.conformance.site import Site

PATHS = {
    "analysis": {
        "tokenizer": {"levels": {"type": "path_hierarchy"}},
        "analyzer": {"paths": {"type": "custom", "tokenizer": "levels"}},
    }
}


def _field(site: Site, name: str, **options: Any) -> Any:
    return site.imp.EventRecord.field_class.get_dsl_class(name)(**options)


@pytest.fixture
def filed(site: Site) -> Any:
    """A type with a tokenizer that every full distribution has."""

    class Filed(Body):
        path = _field(site, "text", analyzer="paths")

        class Index:
            settings = PATHS

    return site.declare(Filed)


def test_a_type_that_can_not_be_set_up_says_why(filed: Any) -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        filed.sync_index_template()
    assert (caught.value.feature, caught.value.fields) == ("tokenizer 'path_hierarchy'", ("path",))


def test_an_analyzer_of_a_language(site: Site) -> None:
    class Titled(Body):
        title = _field(site, "text", analyzer="french")

    with pytest.raises(UnsupportedFeatureError, match=r"myapp\.Titled\.title can.t be set up"):
        site.declare(Titled).sync_index_template()


def test_a_field_type(site: Site) -> None:
    class Hashed(Body):
        hashed = _field(site, "murmur3")

    with pytest.raises(UnsupportedFeatureError, match="lacks field type 'murmur3'"):
        site.declare(Hashed).sync_index_template()


@pytest.mark.usefixtures("filed")
def test_the_command_goes_on_with_other_types(site: Site) -> None:
    @site.declare
    class Plain(Body):
        item_id: int

    said = io.StringIO()
    with pytest.raises(CommandError, match="1 of 2 record types could not be set up"):
        call_command("djelme_backend_setup", stdout=said)
    assert "myapp.Filed.path can't be set up in backend 'main'" in said.getvalue()
    Plain.check_djelme_setup()
