"""The official minimal distribution of a product, fetched once and unpacked once."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from djelme_testing.cluster import ClusterUnavailableError
from djelme_testing.lock import exclusive
from djelme_testing.version import major_of, product_of, server_name, url_variable

if TYPE_CHECKING:
    from djelme_testing.progress import Progress

__all__ = ("archive_path", "server_home", "unpack")


def server_home(version: str, cache: Path, progress: Progress) -> Path:
    """Return the unpacked distribution of a version, fetching it if it isn't in the cache.

    All servers share it, and none writes to it.

    Raises:
        ClusterUnavailableError: if it can't be fetched.
    """
    folder = cache / "distributions"
    home = folder / version
    if home.is_dir():
        return home
    folder.mkdir(mode=0o755, exist_ok=True)

    def say_waiting() -> None:
        progress.line(f"waiting for another run that is fetching {server_name(version)}")

    with exclusive(folder / f"{version}.lock", on_wait=say_waiting):
        if not home.is_dir():
            with tempfile.TemporaryDirectory(dir=folder, prefix="unpacking-") as staging:
                archive = archive_path(version, Path(staging), progress)
                unpacked = unpack(archive, Path(staging) / "unpacked")
                os.rename(unpacked, home)  # noqa: PTH104 - only whole ones are ever seen there
    return home


def archive_path(version: str, staging: Path, progress: Progress) -> Path:
    """Return the archive of a version from Maven's local repository, fetching it if need be.

    Args:
        version: its three numbers.
        staging: a folder to download to; only a whole archive goes on to the repository.
        progress: where to tell of the download.

    Raises:
        ClusterUnavailableError: if it can't be had.
    """
    from jgo.maven import MavenContext, PythonResolver

    product = product_of(major_of(version))

    def artifact_in(context: MavenContext) -> Any:
        component = context.project(product.group, product.program).at_version(version)
        return component.artifact(packaging="zip")

    wanted: Path = artifact_in(MavenContext()).cached_path
    if wanted.is_file() and zipfile.is_zipfile(wanted):
        return wanted
    context = MavenContext(
        resolver=PythonResolver(progress_callback=progress.download),
        repo_cache=staging / "repository",
        timeout=30,
    )
    try:
        fetched: Path = artifact_in(context).resolve()
    except (OSError, RuntimeError) as error:
        msg = f"{server_name(version)} can't be downloaded"
        raise ClusterUnavailableError(
            msg,
            tried=[f"{wanted}: not there", f"Maven's central repository: {error}"],
            hint="check that this version exists and that the network can be reached (proxies"
            " by HTTPS_PROXY), or fetch it once with `mvn dependency:get"
            f" -Dartifact={product.group}:{product.program}:{version}:zip -Dtransitive=false`,"
            f" or name a running cluster in {url_variable(major_of(version))}",
        ) from error
    if not zipfile.is_zipfile(fetched):
        msg = f"the download of {server_name(version)} is not a whole archive"
        raise ClusterUnavailableError(
            msg,
            tried=[f"{fetched.stat().st_size:,} bytes were received"],
            hint="try again",
        )
    try:
        wanted.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(fetched, staging / "archive.zip")
        shutil.move(staging / "archive.zip", wanted)
    except OSError as error:
        progress.line(f"the archive isn't kept: {error}")
        return fetched
    return wanted


def unpack(archive: Path, target: Path) -> Path:
    """Unpack an archive for all users to read, and return the one folder that is in it.

    Raises:
        ClusterUnavailableError: if it is damaged.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(target)
    except (zipfile.BadZipFile, EOFError) as error:
        msg = f"{archive} is damaged: {error}"
        raise ClusterUnavailableError(msg, hint="delete it and try again") from error
    (home,) = target.iterdir()
    # The archive has modes, but zipfile doesn't restore them.
    for path in (home, *home.rglob("*")):
        runs = path.is_dir() or path.parent.name == "bin"
        path.chmod(0o755 if runs else 0o644)
    for name in ("plugins", "logs"):
        (home / name).mkdir(mode=0o755, exist_ok=True)
    return home
