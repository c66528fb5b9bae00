from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from djelme_testing.cluster import ClusterUnavailableError
from djelme_testing.progress import SilentProgress
from djelme_testing.provider.embedded.distribution import server_home, unpack
from djelme_testing.version import product_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A local Maven repository with a version 8.0.99 in it."""
    repository = tmp_path / "m2"
    folder = repository.joinpath(*product_of(8).group.split("."), "elasticsearch", "8.0.99")
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "elasticsearch-8.0.99.zip", "w") as archive:
        archive.writestr("elasticsearch-8.0.99/bin/elasticsearch", "#!/bin/bash\n")
        archive.writestr("elasticsearch-8.0.99/config/elasticsearch.yml", "")
    monkeypatch.setenv("M2_REPO", str(repository))
    return repository


def test_an_archive_is_unpacked_once_for_all_to_read(repository: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    home = server_home("8.0.99", cache, SilentProgress())
    assert (home / "bin" / "elasticsearch").stat().st_mode & 0o777 == 0o755
    assert (home / "config" / "elasticsearch.yml").stat().st_mode & 0o777 == 0o644
    assert (home / "plugins").is_dir()
    (home / "mark").touch()
    assert (server_home("8.0.99", cache, SilentProgress()) / "mark").exists()
    assert sorted(path.name for path in home.parent.iterdir()) == ["8.0.99", "8.0.99.lock"]


def test_a_damaged_archive_is_an_error_that_names_it(tmp_path: Path) -> None:
    archive = tmp_path / "broken.zip"
    archive.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(ClusterUnavailableError, match=r"broken\.zip is damaged"):
        unpack(archive, tmp_path / "target")


def test_what_cannot_be_fetched_is_an_error_that_says_how_to(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise ConnectionError("no network")

    monkeypatch.setattr("jgo.util.http.request", refuse)
    cache = tmp_path / "cache"
    cache.mkdir()
    with pytest.raises(ClusterUnavailableError, match=r"8\.1\.99 can't be downloaded") as raised:
        server_home("8.1.99", cache, SilentProgress())
    assert "no network" in str(raised.value)
    assert "mvn dependency:get" in raised.value.hint
    assert [path.name for path in (cache / "distributions").iterdir()] == ["8.1.99.lock"]
