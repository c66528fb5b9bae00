"""Real Elasticsearch servers as child processes: no Docker, and no Java to install."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Any

from djelme_testing.certificate import make_certificate
from djelme_testing.cluster import ClusterUnavailableError
from djelme_testing.configuration import render_jvm_options, render_settings, server_environment
from djelme_testing.directory import cache_directory, server_user
from djelme_testing.distribution import elasticsearch_home
from djelme_testing.java import find_java, shared_runtime
from djelme_testing.provider.embedded_cluster import EmbeddedCluster, ServerPlan
from djelme_testing.provider.interface import Provider
from djelme_testing.run_folder import RunFolder, remove_stale
from djelme_testing.version import major_of

if TYPE_CHECKING:
    from pathlib import Path

    from djelme_testing.directory import ServerUser
    from djelme_testing.java import JavaRuntime
    from djelme_testing.provider.interface import ClusterOptions

__all__ = ("EmbeddedProvider",)

_USERNAME = "djelme"
_SECURITY_MODULE = "x-pack-security"


class EmbeddedProvider(Provider):
    """Fetch the official minimal distribution, and run it as a child of this process."""

    name = "embedded"

    def start(self, version: str, options: ClusterOptions) -> EmbeddedCluster:
        """Start a server of its own; see ``Provider.start``."""
        if shutil.which("bash", path=self.environ.get("PATH", os.defpath)) is None:
            raise ClusterUnavailableError(
                "an embedded Elasticsearch needs bash, which runs its start script",
                remedy="install bash, or use another provider by DJELME_CLUSTERS",
            )
        user = server_user()
        cache = cache_directory(self.environ)
        for name in remove_stale(cache):
            self.progress.line(f"removed what a run that was killed left behind ({name})")
        java = find_java(version, self.environ)
        if user is not None:
            java = shared_runtime(java, cache)
        home = elasticsearch_home(version, cache, self.progress)
        begun = time.monotonic()
        self.progress.line(
            f"starting Elasticsearch {version} (embedded, {options.heap_mb} MB of heap)"
        )
        folder = RunFolder(cache, version)
        try:
            plan, secret = self._prepare(version, options, folder, home, java, user)
            cluster = EmbeddedCluster(version, plan, **secret)
        except BaseException:
            folder.remove()
            raise
        try:
            cluster.launch()
        except BaseException:
            cluster.stop()
            raise
        self.progress.line(
            f"Elasticsearch {version} is at {cluster.url} after {time.monotonic() - begun:.1f} s"
        )
        return cluster

    def _prepare(
        self,
        version: str,
        options: ClusterOptions,
        folder: RunFolder,
        home: Path,
        java: JavaRuntime,
        user: ServerUser | None,
    ) -> tuple[ServerPlan, dict[str, Any]]:
        has_security = (home / "modules" / _SECURITY_MODULE).is_dir()
        if options.security and not (has_security and major_of(version) >= 8):  # noqa: PLR2004 - a version
            raise ClusterUnavailableError(
                f"the minimal distribution of Elasticsearch {version} has no security",
                remedy="use a version of 8 or newer",
            )
        config = folder.path / "config"
        shutil.copytree(home / "config", config, dirs_exist_ok=True)
        secret: dict[str, Any] = {}
        extra = dict(options.settings)
        if options.security:
            password = secrets.token_urlsafe(18)
            ca_path = make_certificate(java.home, config, password)
            extra.setdefault("xpack.security.http.ssl.keystore.password", password)
            secret = {"username": _USERNAME, "password": password, "ca_path": ca_path}
        plan = ServerPlan(
            folder=folder,
            command=[str(home / "bin" / "elasticsearch")],
            environment=server_environment(
                self.environ.get("PATH", os.defpath), java_home=java.home, folder=folder.path
            ),
            user=user,
            start_seconds=options.start_seconds,
            render=lambda port: render_settings(
                version,
                folder=folder.path,
                port=port,
                has_security=has_security,
                security=options.security,
                extra=extra,
            ),
        )
        jvm_options = config / "jvm.options"
        jvm_options.write_text(
            render_jvm_options(
                jvm_options.read_text(encoding="utf-8"),
                version=version,
                java=java.feature,
                heap_mb=options.heap_mb,
            ),
            encoding="utf-8",
        )
        plan.write_settings(port=0)
        if user is not None:
            user.own(folder.path)
        if options.security:
            self._add_user(home, plan, secret["password"])
        return plan, secret

    def _add_user(self, home: Path, plan: ServerPlan, password: str) -> None:
        """Make the superuser in the file realm, which the minimal distribution has."""
        done = subprocess.run(  # noqa: S603 - our own command
            [
                str(home / "bin" / "elasticsearch-users"),
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
            raise ClusterUnavailableError(
                "the superuser could not be made",
                tried=[f"bin/elasticsearch-users: {done.stdout}{done.stderr}"],
            )
