"""Building the packages, and using what was built as somebody who has only that."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from pathlib import Path

from workspace.cluster import shared_cluster
from workspace.quickstart import Quickstart, QuickstartError
from workspace.report import say
from workspace.toolchain import ROOT, STATE, environment, environment_folder, hatch

__all__ = ["build", "check_archives", "install_and_use"]

ELASTICSEARCH = "8"  # of the quickstart
NEEDS_JDK = "9"  # of the quickstart a second time, where it can be started
OWN = re.compile(r"djelme|django-elasticsearch-metrics|elasticsearch\d|opensearch-py")
# What installing the glue with an extra brings of ours and of clients: no more, no less.
COMMON = {"django-elasticsearch-metrics", "djelme-core"}
BROUGHT = {
    "elastic6": COMMON | {"djelme-elastic6", "elasticsearch6", "elasticsearch6-dsl"},
    "elastic9": COMMON | {"djelme-elastic9", "elasticsearch9"},
    "elastic8": COMMON | {"djelme-elastic8", "elasticsearch8"},
    "opensearch": COMMON | {"djelme-opensearch", "opensearch-py"},
    "migration": COMMON | {"djelme-migration"},
}
TOGETHER = ",".join(BROUGHT)
BROUGHT[TOGETHER] = set().union(*BROUGHT.values())
# Record types need a configured Django, as models do; these two don't.
IMPORTS = "import djelme, elasticsearch_metrics.conf"
ALL_IMPS = (
    "from django.conf import settings; settings.configure(); "
    "from elasticsearch_metrics.imps import elastic6, elastic8, elastic9, opensearch"
)


def call(*command: str | Path, cwd: Path = ROOT, **variables: str) -> None:
    """Run a command in sight; a failure ends the script with the command's words.

    Raises:
        SystemExit: If the command fails.
    """
    say(f"+ {' '.join(str(word) for word in command)}")
    code = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=environment(**variables), check=False
    ).returncode
    if code:
        message = f"{Path(command[0]).name} failed with exit code {code}"
        raise SystemExit(message)


def uv(*arguments: str | Path) -> None:
    """Run the pinned uv."""
    call(STATE / "venv/bin/uv", *arguments)


def build(output: Path) -> list[Path]:
    """Build an sdist and a wheel of each package, and each wheel again from its sdist.

    Raises:
        SystemExit: If a build fails, or the two wheels of a package have different contents.
    """
    shutil.rmtree(output, ignore_errors=True)
    call(*hatch("-q", "build", "--all", str(output)))
    again = STATE / "wheels-of-sdists"
    shutil.rmtree(again, ignore_errors=True)
    for sdist in sorted(output.glob("*.tar.gz")):
        uv("build", "--quiet", "--wheel", "--out-dir", again, sdist)
    for wheel in sorted(output.glob("*.whl")):
        if contents(wheel) != contents(again / wheel.name):
            message = f"{wheel.name} built from the sdist has other files than from the tree"
            raise SystemExit(message)
    archives = sorted([*output.glob("*.whl"), *output.glob("*.tar.gz")])
    packages = list(ROOT.glob("packages/*/pyproject.toml"))
    if len(archives) != 2 * len(packages):
        message = f"{len(packages)} packages gave {len(archives)} archives"
        raise SystemExit(message)
    return archives


def contents(wheel: Path) -> dict[str, bytes]:
    """Return the files of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def check_archives(archives: list[Path]) -> None:
    """Let twine read the metadata as an index would.

    Raises:
        SystemExit: If it finds fault.
    """
    twine = environment_folder("wheels") / "bin" / "twine"
    call(twine, "check", "--strict", *archives)


def install_and_use(archives: list[Path]) -> None:
    """Install the wheels into empty environments, and follow the quickstart in one.

    Raises:
        SystemExit: If a package is missing or too many come, or the quickstart fails.
    """
    wheels = {path.name.partition("-")[0]: path for path in archives if path.suffix == ".whl"}
    pythons = {extra: install(extra, wheels) for extra in BROUGHT}
    call(pythons[TOGETHER], "-c", ALL_IMPS, cwd=STATE / "wheels")
    follow_quickstart(ELASTICSEARCH, pythons)
    try:
        follow_quickstart(NEEDS_JDK, pythons)
    except RuntimeError as error:
        say(f"quickstart on Elasticsearch {NEEDS_JDK} not run: {error}")


def follow_quickstart(elasticsearch: str, pythons: dict[str, Path]) -> None:
    """Follow the quickstart on one version of Elasticsearch.

    Raises:
        RuntimeError: If there is no such cluster.
        SystemExit: If the quickstart fails.
    """
    imp = f"elastic{elasticsearch}"
    project = STATE / "wheels" / f"project-{imp}"
    shutil.rmtree(project, ignore_errors=True)
    project.mkdir()
    with shared_cluster(elasticsearch) as url:
        try:
            Quickstart(project, pythons[imp], url, imp).follow()
        except QuickstartError as error:
            raise SystemExit(str(error)) from error


def install(extra: str, wheels: dict[str, Path]) -> Path:
    """Install the glue with one extra, or several; return the interpreter that has it.

    Our wheels are named as files: a release of the same version in the index never counts.

    Raises:
        SystemExit: If it brings other packages of ours or other clients than it should.
    """
    folder = STATE / "wheels" / extra.replace(",", "-")
    shutil.rmtree(folder, ignore_errors=True)
    uv("venv", "--quiet", "--python", STATE / "venv/bin/python", folder)
    python = folder / "bin/python"
    glue = f"{wheels['django_elasticsearch_metrics']}[{extra}]"
    parts = [wheels["djelme_core"], *(wheels[f"djelme_{name}"] for name in extra.split(","))]
    uv("pip", "install", "--quiet", "--python", python, glue, *parts)
    listed = subprocess.run(
        [str(STATE / "venv/bin/uv"), "pip", "freeze", "--python", str(python)],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    names = {re.split(r" @ |==", line)[0] for line in listed.stdout.splitlines()}
    brought = {name for name in names if OWN.match(name)}
    if brought != BROUGHT[extra]:
        message = f"[{extra}] brings {sorted(brought)}, expected {sorted(BROUGHT[extra])}"
        raise SystemExit(message)
    call(python, "-W", "error", "-c", IMPORTS, cwd=folder)
    return python
