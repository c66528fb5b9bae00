"""Building the packages, and using what was built as somebody who has only that."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from pathlib import Path

from workspace.cluster import shared_cluster, url_variable
from workspace.report import say
from workspace.toolchain import ROOT, STATE, environment, environment_folder, hatch
from workspace.version import read_version

__all__ = ["build", "check_archives", "install_and_use"]

EXTRA = "elastic8"
ELASTICSEARCH = "8"
OWN = re.compile(r"djelme|django-elasticsearch-metrics|elasticsearch\d")
# What installing the glue with one extra brings of ours and of clients: no more, no less.
BROUGHT = ["django-elasticsearch-metrics", "djelme-core", "djelme-elastic8", "elasticsearch8"]
# Record types need a configured Django, as models do; these two don't.
IMPORTS = "import djelme, elasticsearch_metrics.conf"
QUICKSTART = ROOT / "integration" / "quickstart"
SETTINGS = """
import os

INSTALLED_APPS += ["elasticsearch_metrics", "pages"]
DJELME_BACKENDS = {
    "default": {"elasticsearch_metrics.imps.elastic8": {"hosts": os.environ["ELASTICSEARCH8_URL"]}}
}
"""


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
    """Install the wheels into an empty environment, and follow the quickstart there.

    Raises:
        SystemExit: If a package is missing or too many come, or a command of the quickstart
            fails.
    """
    home = STATE / "wheels"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    uv("venv", "--quiet", "--python", STATE / "venv/bin/python", home / "venv")
    python = home / "venv/bin/python"
    # Our wheels are named as files: a release of the same version in the index never counts.
    named = {path.name.partition("-")[0]: path for path in archives if path.suffix == ".whl"}
    glue = f"{named['django_elasticsearch_metrics']}[{EXTRA}]"
    parts = [named["djelme_core"], named[f"djelme_{EXTRA}"]]
    uv("pip", "install", "--quiet", "--python", python, glue, *parts)
    check_brought(python)
    call(python, "-W", "error", "-c", IMPORTS, cwd=home)
    with shared_cluster(ELASTICSEARCH) as url:
        follow_quickstart(home, python, url)


def check_brought(python: Path) -> None:
    """Compare what is installed of ours and of clients with what the extra should bring.

    Raises:
        SystemExit: If they differ.
    """
    listed = subprocess.run(
        [str(STATE / "venv/bin/uv"), "pip", "freeze", "--python", str(python)],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    names = sorted(re.split(r" @ |==", line)[0] for line in listed.stdout.splitlines())
    brought = [name for name in names if OWN.match(name)]
    if brought != BROUGHT:
        message = f"[{EXTRA}] of version {read_version()} brings {brought}, expected {BROUGHT}"
        raise SystemExit(message)


def follow_quickstart(home: Path, python: Path, url: str) -> None:
    """Make a new Django project with an app that has a record type, and use it."""
    variables = {url_variable(ELASTICSEARCH): url, "PYTHONWARNINGS": "error"}
    call(python, "-m", "django", "startproject", "quickstart", home)
    call(python, "manage.py", "startapp", "pages", cwd=home)
    shutil.copy(QUICKSTART / "metrics.py", home / "pages" / "metrics.py")
    shutil.copy(QUICKSTART / "smoke.py", home / "smoke.py")
    with (home / "quickstart" / "settings.py").open("a", encoding="utf-8") as settings:
        settings.write(SETTINGS)
    for command in (
        "check",
        "djelme_backend_types",
        "djelme_backend_setup",
        "djelme_backend_check",
    ):
        call(python, "manage.py", command, cwd=home, **variables)
    call(python, "smoke.py", cwd=home, DJANGO_SETTINGS_MODULE="quickstart.settings", **variables)
