"""Real Elasticsearch servers as child processes: no Docker, and no Java to install."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from djelme_testing.cluster import ClusterUnavailableError
from djelme_testing.directory import cache_directory, server_user
from djelme_testing.provider.embedded.certificate import make_certificate
from djelme_testing.provider.embedded.cluster import EmbeddedCluster
from djelme_testing.provider.embedded.configuration import (
    discovery_settings,
    render_jvm_options,
    render_settings,
    server_environment,
)
from djelme_testing.provider.embedded.distribution import server_home
from djelme_testing.provider.embedded.java import find_java, shared_runtime
from djelme_testing.provider.embedded.node import ServerPlan
from djelme_testing.provider.embedded.run_folder import RunFolder, remove_stale
from djelme_testing.provider.interface import Provider
from djelme_testing.version import major_of, product_of, server_name

if TYPE_CHECKING:
    from pathlib import Path

    from djelme_testing.directory import ServerUser
    from djelme_testing.provider.embedded.java import JavaRuntime
    from djelme_testing.provider.interface import ClusterOptions

__all__ = ("EmbeddedProvider",)

_USERNAME = "djelme"
_SECURE_MAJOR = 8
_SECURITY_MODULE = "x-pack-security"


class EmbeddedProvider(Provider):
    """Fetch the official minimal distribution, and run it as a child of this process."""

    name = "embedded"

    def start(self, version: str, options: ClusterOptions) -> EmbeddedCluster:
        """Start a server of its own; see ``Provider.start``."""
        if shutil.which("bash", path=self.environ.get("PATH", os.defpath)) is None:
            msg = "an embedded Elasticsearch needs bash, which runs its start script"
            raise ClusterUnavailableError(
                msg,
                hint="install bash, or use another provider by DJELME_CLUSTERS",
            )
        try:
            return self._start(version, options)
        except OSError as error:
            msg = f"the files of {server_name(version)} can't be written: {error}"
            raise ClusterUnavailableError(
                msg, hint="make room, or name another folder in DJELME_CACHE_DIR"
            ) from error

    def _start(self, version: str, options: ClusterOptions) -> EmbeddedCluster:
        user = server_user()
        cache = cache_directory(self.environ)
        for name in remove_stale(cache):
            self.progress.line(f"removed what a run that was killed left behind ({name})")
        java = find_java(version, self.environ)
        found = f"Java {java.feature} in {java.home}"
        if user is not None:
            java = shared_runtime(java, cache)
        home = server_home(version, cache, self.progress)
        has_security = (home / "modules" / _SECURITY_MODULE).is_dir()
        if options.security and not (has_security and major_of(version) >= _SECURE_MAJOR):
            msg = f"the minimal distribution of {server_name(version)} has no security"
            raise ClusterUnavailableError(msg, hint="use a version of 8 or newer")
        if options.security and options.nodes > 1:
            msg = "a cluster with security has one node here"
            raise ClusterUnavailableError(msg, hint="leave out security, or further nodes")
        begun = time.monotonic()
        names = _node_names(options.nodes)
        count = "" if len(names) == 1 else f"{len(names)} nodes of "
        self.progress.line(
            f"starting {count}{server_name(version)} (embedded, {options.heap} MB of heap, {found})"
        )
        folders: list[RunFolder] = []
        plans: list[ServerPlan] = []
        cluster_name = f"djelme-{secrets.token_hex(4)}"
        try:
            for name in names:
                folders.append(RunFolder(cache, version))
                files = _ServerFiles(
                    name, version, options, home, java, user, has_security=has_security
                )
                extra: dict[str, object] = {"node.name": name}
                if len(names) > 1:
                    extra |= discovery_settings(version, cluster=cluster_name, names=names)
                path = self.environ.get("PATH", os.defpath)
                plan, secret = files.write(folders[-1], path, extra | dict(options.settings))
                plans.append(plan)
            cluster = EmbeddedCluster(version, plans, self.progress, **secret)
        except BaseException:
            for folder in folders:
                folder.remove()
            raise
        try:
            cluster.launch()
        except BaseException:
            cluster.stop()
            raise
        took = time.monotonic() - begun
        addresses = ", ".join(cluster.urls)
        self.progress.line(f"{server_name(version)} is at {addresses} after {took:.1f} s")
        return cluster


def _node_names(number: int) -> list[str]:
    return ["djelme"] if number == 1 else [f"djelme-{each}" for each in range(1, number + 1)]


@dataclass(frozen=True)
class _ServerFiles:
    """What the files of a server are made from."""

    name: str
    version: str
    options: ClusterOptions
    home: Path
    java: JavaRuntime
    user: ServerUser | None
    has_security: bool

    def write(
        self, folder: RunFolder, path: str, extra: dict[str, object]
    ) -> tuple[ServerPlan, dict[str, Any]]:
        """Fill a server's folder; return how to start it, and the secrets to reach it by."""
        config = folder.path / "config"
        shutil.copytree(self.home / "config", config, dirs_exist_ok=True)
        secret: dict[str, Any] = {}
        if self.options.security:
            password = secrets.token_urlsafe(18)
            ca_path = make_certificate(self.java.home, config, password)
            extra.setdefault("xpack.security.http.ssl.keystore.password", password)
            secret = {"username": _USERNAME, "password": password, "ca_path": ca_path}
        plan = ServerPlan(
            name=self.name,
            version=self.version,
            folder=folder,
            command=[str(self.home / "bin" / product_of(major_of(self.version)).program)],
            environment=server_environment(
                path, version=self.version, java_home=self.java.home, folder=folder.path
            ),
            user=self.user,
            start_seconds=self.options.start_seconds,
            render=lambda port: render_settings(
                self.version,
                folder=folder.path,
                port=port,
                has_security=self.has_security,
                security=self.options.security,
                extra=extra,
            ),
        )
        jvm_options = config / "jvm.options"
        jvm_options.write_text(
            render_jvm_options(
                jvm_options.read_text(encoding="utf-8"),
                version=self.version,
                java=self.java.feature,
                options=self.options,
            ),
            encoding="utf-8",
        )
        plan.write_settings(port=0)
        if self.user is not None:
            self.user.own(folder.path)
        if self.options.security:
            self._add_user(plan, secret["password"])
        return plan, secret

    def _add_user(self, plan: ServerPlan, password: str) -> None:
        """Make the superuser in the file realm, which the minimal distribution has."""
        done = subprocess.run(  # noqa: S603 - our own command
            [
                str(self.home / "bin" / "elasticsearch-users"),
                *("useradd", _USERNAME, "-p", password, "-r", "superuser"),
            ],
            env=plan.environment,
            cwd=plan.folder.path,
            capture_output=True,
            text=True,
            check=False,
            **plan.as_user,
        )
        if done.returncode:
            msg = "the superuser could not be made"
            raise ClusterUnavailableError(
                msg,
                tried=[f"bin/elasticsearch-users: {done.stdout}{done.stderr}"],
            )
