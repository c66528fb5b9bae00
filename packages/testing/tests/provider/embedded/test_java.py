from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from djelme_testing.cluster import ClusterUnavailableError
from djelme_testing.provider.embedded import java
from djelme_testing.provider.embedded.java import find_java, read_runtime, shared_runtime

if TYPE_CHECKING:
    from pathlib import Path


def install(home: Path, version: str, modules: str = "java.base") -> Path:
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "java").write_text("#!/bin/sh\n")
    (home / "bin" / "java").chmod(0o700)
    (home / "release").write_text(f'JAVA_VERSION="{version}"\nMODULES="{modules}"\n')
    return home


def test_a_runtime_describes_itself(tmp_path: Path) -> None:
    runtime = read_runtime(install(tmp_path / "a", "21.0.8", "java.base jdk.jdi"))
    assert runtime is not None
    assert runtime.feature == 21
    assert runtime.modules == {"java.base", "jdk.jdi"}


def test_the_old_way_to_count_javas(tmp_path: Path) -> None:
    runtime = read_runtime(install(tmp_path / "a", "1.8.0_402"))
    assert runtime is not None
    assert runtime.feature == 8


def test_a_folder_without_a_runtime(tmp_path: Path) -> None:
    assert read_runtime(tmp_path) is None


@pytest.mark.parametrize(
    ("version", "java", "modules", "fits"),
    [
        ("6.8.23", "21.0.8", "java.base", True),
        ("6.8.23", "25.0.1", "java.base", False),
        ("8.0.0", "11.0.2", "java.base", False),
        ("8.15.5", "17.0.9", "java.base", True),
        ("8.15.5", "25", "java.base", False),
        ("8.19.3", "25", "java.base", True),
        ("9.5.3", "21.0.8", "java.base", False),
        ("9.5.3", "25", "java.base jdk.jdi", True),
    ],
)
def test_which_java_suits_which_elasticsearch(
    tmp_path: Path, version: str, java: str, modules: str, *, fits: bool
) -> None:
    candidates = [("there", install(tmp_path / "a", java, modules))]
    if fits:
        assert find_java(version, {}, candidates).home == tmp_path / "a"
    else:
        with pytest.raises(
            ClusterUnavailableError, match=f"there: Java {java.split('.', maxsplit=1)[0]}"
        ):
            find_java(version, {}, candidates)


def test_the_first_that_fits_is_taken(tmp_path: Path) -> None:
    candidates = [
        ("nothing", tmp_path / "nothing"),
        ("old", install(tmp_path / "old", "11.0.2")),
        ("good", install(tmp_path / "good", "21.0.8")),
        ("later", install(tmp_path / "later", "17.0.8")),
    ]
    assert find_java("8.19.3", {}, candidates).home == tmp_path / "good"


def test_a_named_java_comes_first(tmp_path: Path) -> None:
    home = install(tmp_path / "mine", "17.0.9")
    assert find_java("8.19.3", {"DJELME_JAVA_HOME": str(home)}).home == home


def test_without_any_the_error_says_what_was_tried_and_what_is_needed(tmp_path: Path) -> None:
    candidates = [("JAVA_HOME", tmp_path), ("java on PATH", install(tmp_path / "a", "11.0.2"))]
    with pytest.raises(ClusterUnavailableError) as raised:
        find_java("9.5.3", {}, candidates)
    assert raised.value.reason == "no JDK 21 or newer for Elasticsearch 9.5.3"
    assert raised.value.tried == (
        "JAVA_HOME: no Java runtime there",
        "java on PATH: Java 11, needs 21 or newer",
    )
    for way in ("full JDK 21 or newer", "DJELME_CLUSTERS=docker", "ELASTICSEARCH9_URL"):
        assert way in raised.value.hint


def test_a_jdk_is_found_where_users_install_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(java, "_SYSTEM_PATTERNS", ())
    install(tmp_path / ".jdks" / "short", "25.0.1")
    home = install(tmp_path / ".jdks" / "full", "25.0.1", "java.base jdk.jdi")
    found = find_java("9.5.3", {"HOME": str(tmp_path), "PATH": ""})
    assert found.home == home


def test_a_runtime_that_others_cannot_enter_is_copied_once(tmp_path: Path) -> None:
    private = tmp_path / "private"
    runtime = read_runtime(install(private / "java", "21.0.8"))
    assert runtime is not None
    private.chmod(0o700)
    cache = tmp_path / "cache"
    cache.mkdir()
    shared = shared_runtime(runtime, cache)
    assert cache in shared.home.parents
    assert (shared.home / "bin" / "java").stat().st_mode & 0o777 == 0o755
    assert shared_runtime(runtime, cache).home == shared.home
    copies = [path for path in (cache / "java").iterdir() if path.is_dir()]
    assert copies == [shared.home]
