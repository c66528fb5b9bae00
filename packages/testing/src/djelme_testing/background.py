"""Clusters that go on in the background: start, stop, list, and the keeper that holds one.

It is long, as the commands and the process that keeps a cluster share one file format.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from djelme_testing.choice import start_cluster
from djelme_testing.cluster import ClusterUnavailableError
from djelme_testing.directory import state_directory
from djelme_testing.lock import try_lock_file
from djelme_testing.progress import StreamProgress
from djelme_testing.provider.interface import ClusterOptions
from djelme_testing.provider.url import split_credentials, variables_of
from djelme_testing.request import cluster_health
from djelme_testing.version import ca_variable, full_version, major_of, server_name

if TYPE_CHECKING:
    import argparse

__all__ = ("BackgroundCluster", "keep", "main", "running_clusters")

_NOT_ALL_WELL = 3
_ALREADY_KEPT = 4
_LOOK_SECONDS = 0.1
_STOP_SECONDS = 60.0


@dataclass(frozen=True)
class BackgroundCluster:
    """What is remembered of a cluster in the background.

    Attributes:
        version: three numbers.
        provider: who provides it.
        keeper_pid: the process that holds it, and stops it on SIGTERM.
        pid: its server's process id, if it runs here.
        variables: the environment variables that lead to it.
        settings: the lines of ``elasticsearch.yml`` that were asked for.
        nodes: how many nodes were asked for.
        folder: where it was started from.
        started: when, in seconds since the epoch.
    """

    version: str
    provider: str
    keeper_pid: int
    pid: int | None
    variables: dict[str, str]
    settings: dict[str, object]
    nodes: int = 1
    folder: str = ""
    started: float | None = None

    @property
    def url(self) -> str:
        """Its address, without credentials."""
        return split_credentials(self._full_url)[0]

    @property
    def _full_url(self) -> str:
        return next(value for name, value in self.variables.items() if name.endswith("_URL"))

    @property
    def age(self) -> str:
        """How long ago it was started, for a person."""
        return "-" if self.started is None else describe_age(time.time() - self.started)

    def health(self) -> str | None:
        """Return ``"green"``, ``"yellow"`` or ``"red"``, or None if it doesn't answer."""
        bare, username, password = split_credentials(self._full_url)
        ca_path = self.variables.get(ca_variable(major_of(self.version)))
        try:
            return cluster_health(
                bare,
                username=username,
                password=password,
                ca_path=None if ca_path is None else Path(ca_path),
            )
        except (OSError, ValueError):
            return None


def describe_age(seconds: float) -> str:
    """Return a length of time in its largest unit.

    >>> describe_age(59), describe_age(7_260), describe_age(200_000)
    ('59 s', '2 h', '2 d')
    """
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def main(options: argparse.Namespace) -> int:
    """Run ``start``, ``stop``, ``list`` or ``status``, and return the exit code.

    Raises:
        ClusterUnavailableError: if the cluster can't be had.
    """
    folder = state_directory(os.environ)
    if options.action == "start":
        return _start(folder, options)
    if options.action == "stop":
        return _stop(folder, options)
    return _show_status(folder, options.format)


def running_clusters(folder: Path) -> list[BackgroundCluster]:
    """Return the clusters that are held, and forget those whose keepers died."""
    found = []
    for path in sorted(folder.glob("*.json")):
        version = path.stem
        if _is_kept(folder, version):
            with contextlib.suppress(FileNotFoundError):  # it was stopped just now
                found.append(BackgroundCluster(**json.loads(path.read_text(encoding="utf-8"))))
        else:
            path.unlink(missing_ok=True)
    return found


def _lock_path(folder: Path, version: str) -> Path:
    return folder / f"{version}.lock"


def _is_kept(folder: Path, version: str) -> bool:
    lock = try_lock_file(_lock_path(folder, version))
    if lock is None:
        return True
    os.close(lock)
    return False


def _find(folder: Path, version: str) -> BackgroundCluster | None:
    return next((each for each in running_clusters(folder) if each.version == version), None)


def _start(folder: Path, options: argparse.Namespace) -> int:
    version = full_version(options.version)
    progress = StreamProgress()
    cluster = _find(folder, version)
    if cluster is None:
        wanted = {
            "version": version,
            "provider": options.provider,
            "nodes": options.nodes,
            "heap_mb": options.heap,
            "settings": dict(options.settings),
            "security": options.security,
            "optimized": options.optimized,
            "folder": _here(),
        }
        cluster = _launch_keeper(folder, wanted, quiet=options.quiet)
    elif (dict(options.settings), options.nodes) != (cluster.settings, cluster.nodes):
        msg = f"{server_name(version)} is running already, with other settings or nodes"
        raise ClusterUnavailableError(
            msg,
            hint=f"stop it first: djelme-cluster stop {version}",
        )
    elif not options.quiet:
        progress.line(f"{server_name(version)} was running already at {cluster.url}")
    for name, value in cluster.variables.items():
        print(f"export {name}={shlex.quote(value)}")  # noqa: T201 - the output
    return 0


def _launch_keeper(folder: Path, wanted: dict[str, object], *, quiet: bool) -> BackgroundCluster:
    """Start the process that holds the cluster, and pass on what it says until it is ready."""
    version = str(wanted["version"])
    log_path = folder / f"{version}.log"
    with log_path.open("wb") as log:
        keeper = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "djelme_testing.background", str(folder), json.dumps(wanted)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            start_new_session=True,
        )
    text = ""
    try:
        with log_path.open(encoding="utf-8", errors="replace") as said:
            while True:
                code = keeper.poll()
                news = said.read()
                text += news
                if not quiet:
                    sys.stderr.write(news)
                    sys.stderr.flush()
                if cluster := _find(folder, version):
                    return cluster
                if code is not None and not (code == _ALREADY_KEPT and _is_kept(folder, version)):
                    break
                time.sleep(_LOOK_SECONDS)
    except BaseException:
        keeper.terminate()
        raise
    if code == _ALREADY_KEPT:
        msg = f"another start of {server_name(version)} was under way, and failed"
    else:
        reason = f":\n{text.strip()}" if quiet else "; see above"
        msg = f"{server_name(version)} was not started{reason}"
    raise ClusterUnavailableError(msg)


def _here() -> str:
    return str(Path.cwd().resolve())


def _choose(running: list[BackgroundCluster], options: argparse.Namespace) -> list[str]:
    """Return the versions to stop: those given, all, or those that this folder started.

    Raises:
        ClusterUnavailableError: if all are to be stopped, and nobody says yes.
    """
    if options.versions:
        return [full_version(version) for version in options.versions]
    if not options.all:
        here = _here()
        return [cluster.version for cluster in running if cluster.folder == here]
    if running and not options.noinput:
        progress = StreamProgress()
        progress.line("this stops, and removes the data of:")
        for cluster in running:
            progress.line(
                f"  {server_name(cluster.version)}, started {cluster.age} ago"
                f" from {cluster.folder or 'an unknown folder'}"
            )
        sys.stderr.write("Stop all of them? [y/N] ")
        sys.stderr.flush()
        if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
            msg = "nothing was stopped"
            raise ClusterUnavailableError(msg, hint="answer yes, or give --noinput")
    return [cluster.version for cluster in running]


def _stop(folder: Path, options: argparse.Namespace) -> int:
    progress = StreamProgress()
    running = {cluster.version: cluster for cluster in running_clusters(folder)}
    versions = _choose(list(running.values()), options)
    missing = [version for version in versions if version not in running]
    for cluster in [running[version] for version in versions if version in running]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(cluster.keeper_pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while _is_kept(folder, cluster.version):
            if time.monotonic() > deadline:
                msg = f"{server_name(cluster.version)} did not stop within {_STOP_SECONDS:.0f} s"
                raise ClusterUnavailableError(
                    msg,
                    hint=f"end process {cluster.keeper_pid}; its server goes with it",
                )
            time.sleep(_LOOK_SECONDS)
        progress.line(f"stopped {server_name(cluster.version)}")
    for version in missing:
        progress.line(f"{server_name(version)} was not running in the background")
    if not running and not missing:
        progress.line("no cluster was running in the background")
    elif not versions:
        progress.line(
            f"none of the clusters in the background was started from {_here()}: name the version"
            " to stop, or give --all (djelme-cluster list shows them)"
        )
    return 1 if missing else 0


def _show_status(folder: Path, form: str) -> int:
    rows = [
        {
            "version": cluster.version,
            "provider": cluster.provider,
            "url": cluster.url,
            "health": cluster.health(),
            "pid": cluster.pid,
            "keeper_pid": cluster.keeper_pid,
            "folder": cluster.folder or None,
            "started": cluster.started,
            "age": cluster.age,
        }
        for cluster in running_clusters(folder)
    ]
    if form == "json":
        print(json.dumps(rows, indent=2))  # noqa: T201 - the output
    elif not rows:
        print("no cluster is running in the background")  # noqa: T201 - the output
    else:
        head = f"{'VERSION':<10}{'PROVIDER':<10}{'HEALTH':<10}{'PID':<9}{'AGE':<8}{'URL':<24}FOLDER"
        print(head)  # noqa: T201 - the output
        for row in rows:
            print(  # noqa: T201 - the output
                f"{row['version']:<10}{row['provider']:<10}{row['health'] or 'no answer':<10}"
                f"{row['pid'] or '-':<9}{row['age']:<8}{row['url']:<23} {row['folder'] or '-'}"
            )
    return 0 if rows and all(row["health"] for row in rows) else _NOT_ALL_WELL


def keep(folder: Path, wanted: dict[str, Any]) -> int:
    """Start a cluster, remember it in the folder, and hold it until SIGTERM.

    Raises:
        ClusterUnavailableError: if the cluster can't be had.
    """
    version = wanted["version"]
    lock = try_lock_file(_lock_path(folder, version))
    if lock is None:
        return _ALREADY_KEPT
    asked_to_stop = threading.Event()

    def stop(_number: int, _frame: object) -> None:
        if asked_to_stop.is_set():
            return
        asked_to_stop.set()
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    state_path = folder / f"{version}.json"
    try:
        with start_cluster(
            version,
            provider=wanted["provider"],
            options=ClusterOptions(
                nodes=wanted["nodes"],
                heap_mb=wanted["heap_mb"],
                settings=wanted["settings"],
                security=wanted["security"],
                optimized=wanted["optimized"],
            ),
            progress=StreamProgress(),
        ) as cluster:
            state = BackgroundCluster(
                version=version,
                provider=cluster.provider,
                keeper_pid=os.getpid(),
                pid=cluster.pid,
                variables=variables_of(cluster),
                settings=wanted["settings"],
                nodes=wanted["nodes"],
                folder=wanted["folder"],
                started=time.time(),
            )
            partial = state_path.with_suffix(".partial")
            partial.touch(mode=0o600)  # it may hold a password
            partial.write_text(json.dumps(asdict(state)), encoding="utf-8")
            partial.replace(state_path)
            while True:
                signal.pause()
    finally:
        state_path.unlink(missing_ok=True)


def _main() -> int:
    try:
        return keep(Path(sys.argv[1]), json.loads(sys.argv[2]))
    except ClusterUnavailableError as error:
        StreamProgress().line(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(_main())
