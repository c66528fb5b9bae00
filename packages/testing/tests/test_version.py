from __future__ import annotations

import pytest

from djelme_testing.cluster import ClusterUnavailableError
from djelme_testing.version import DEFAULT_VERSIONS, full_version, major_of


def test_a_major_number_stands_for_its_default() -> None:
    assert {major: full_version(str(major)) for major in DEFAULT_VERSIONS} == DEFAULT_VERSIONS


def test_each_default_is_of_its_major_number() -> None:
    assert [major_of(version) for version in DEFAULT_VERSIONS.values()] == list(DEFAULT_VERSIONS)


@pytest.mark.parametrize(
    "text", ["", "8.19", "5", "v8.19.3", "8.19.3-SNAPSHOT", "8.19.3/..", "٨.1.1"]
)
def test_what_is_no_version_is_refused_by_name(text: str) -> None:
    with pytest.raises(ClusterUnavailableError, match="is not a version") as raised:
        full_version(text)
    assert repr(text) in str(raised.value)
    assert "8.19.3" in raised.value.hint
