from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from djelme_testing.cluster import ClusterUnavailableError
from djelme_testing.directory import cache_directory, reachable_by_others, state_directory

if TYPE_CHECKING:
    from pathlib import Path


def test_the_cache_of_a_user_is_below_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "djelme-testing"
    folder.mkdir()
    if os.geteuid() == 0:  # whose caches are elsewhere: so be user 1000 for this
        os.chown(folder, 1000, 1000)
        monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert cache_directory({"XDG_CACHE_HOME": str(tmp_path)}) == folder


def test_a_cache_that_others_can_write_to_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(ClusterUnavailableError, match="can be written to by, somebody else"):
        cache_directory({"DJELME_CACHE_DIR": str(tmp_path)})


def test_a_cache_that_cannot_be_made_is_an_error_that_names_the_variable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ClusterUnavailableError, match="DJELME_CACHE_DIR"):
        cache_directory({"DJELME_CACHE_DIR": str(tmp_path / "file" / "cache")})


def test_reachable_means_every_folder_on_the_way(tmp_path: Path) -> None:
    inner = tmp_path / "outer" / "inner"
    inner.mkdir(parents=True)
    inner.parent.chmod(0o700)
    assert not reachable_by_others(inner)


def test_the_state_is_for_its_user_alone(tmp_path: Path) -> None:
    folder = state_directory({"XDG_STATE_HOME": str(tmp_path)})
    assert folder == tmp_path / "djelme-testing"
    assert folder.stat().st_mode & 0o777 == 0o700
