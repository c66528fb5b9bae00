"""Clusters that somebody else runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from djelme_testing.cluster import Cluster, ClusterOperationError, ClusterUnavailableError
from djelme_testing.provider.interface import Provider
from djelme_testing.request import HttpStatusError, node_version
from djelme_testing.version import ca_variable, major_of, server_name, url_variable

if TYPE_CHECKING:
    from djelme_testing.provider.interface import ClusterOptions

__all__ = ("UrlCluster", "UrlProvider", "split_credentials", "variables_of")


def split_credentials(url: str) -> tuple[str, str | None, str | None]:
    """Return a URL without credentials or trailing slash, the user and the password.

    >>> split_credentials("https://me:s%40y@search.example:9200/")
    ('https://search.example:9200', 'me', 's@y')
    """
    parts = urlsplit(url)
    address = parts.netloc.rpartition("@")[2]
    bare = urlunsplit((parts.scheme, address, parts.path.rstrip("/"), "", ""))
    username = None if parts.username is None else unquote(parts.username)
    password = None if parts.password is None else unquote(parts.password)
    return bare, username, password


def variables_of(cluster: Cluster) -> dict[str, str]:
    """Return the environment variables that lead another process to a cluster."""
    url = cluster.url
    if cluster.username is not None:
        login = f"{quote(cluster.username, safe='')}:{quote(cluster.password or '', safe='')}"
        scheme, _, rest = url.partition("://")
        url = f"{scheme}://{login}@{rest}"
    variables = {url_variable(cluster.major): url}
    if cluster.ca_path is not None:
        variables[ca_variable(cluster.major)] = str(cluster.ca_path)
    return variables


class UrlProvider(Provider):
    """Use what ``ELASTICSEARCH8_URL`` and its like name."""

    name = "url"

    def start(self, version: str, options: ClusterOptions) -> UrlCluster:
        """Check that the given cluster answers and is of the same major version.

        Its minor version may be another than asked for; that of the result is its own.
        """
        variable = url_variable(major_of(version))
        url = self.environ.get(variable, "").strip()
        if not url:
            msg = f"{variable} is not set, and DJELME_CLUSTERS=url asks for a given cluster"
            raise ClusterUnavailableError(
                msg,
                hint=f"set {variable} to the address of a cluster, such as"
                " http://127.0.0.1:9200, or choose another provider",
            )
        bare, username, password = split_credentials(url)
        if urlsplit(bare).scheme not in {"http", "https"} or not urlsplit(bare).hostname:
            msg = f"{variable} is not an address"
            raise ClusterUnavailableError(msg, hint="write it as http://127.0.0.1:9200")
        if options.settings or options.security or options.nodes > 1:
            msg = (
                f"a cluster with settings or nodes of its own was asked for, and {variable} names"
                " one that is not ours to configure"
            )
            raise ClusterUnavailableError(
                msg,
                hint="choose DJELME_CLUSTERS=embedded for this",
            )
        ca_given = self.environ.get(ca_variable(major_of(version)))
        ca_path = Path(ca_given) if ca_given else None
        hint = f"check {variable}, and that the cluster is up"
        try:
            found = node_version(bare, username=username, password=password, ca_path=ca_path)
        except HttpStatusError as error:
            if error.status in {401, 403}:
                hint = f"put the user into {variable}: https://USER:PASSWORD@HOST:PORT"
            msg = f"{variable}: {bare} doesn't say which version it is"
            raise ClusterUnavailableError(
                msg,
                tried=[str(error)],
                hint=hint,
            ) from error
        except (OSError, ValueError) as error:
            msg = f"{variable}: {bare} doesn't answer"
            raise ClusterUnavailableError(msg, tried=[str(error)], hint=hint) from error
        if major_of(found) != major_of(version):
            msg = f"{variable}: {bare} is {server_name(found)}, not {major_of(version)}.x"
            raise ClusterUnavailableError(
                msg,
                hint=f"name it in {url_variable(major_of(found))} instead",
            )
        self.progress.line(f"{server_name(found)} is at {bare} (from {variable})")
        return UrlCluster(
            version=found,
            provider=self.name,
            url=bare,
            username=username,
            password=password,
            ca_path=ca_path,
        )


class UrlCluster(Cluster):
    """A cluster that somebody else runs: it is used, and otherwise left alone."""

    def stop(self) -> None:
        """Leave it running."""

    def _refuse(self, what: str) -> NoReturn:
        msg = f"the cluster at {self.url} was given by its URL, and isn't ours to {what}"
        raise ClusterOperationError(msg)

    def kill(self) -> None:
        """Refuse."""
        self._refuse("kill")

    def restart(self) -> None:
        """Refuse."""
        self._refuse("restart")

    def pause(self) -> None:
        """Refuse."""
        self._refuse("pause")

    def resume(self) -> None:
        """Refuse."""
        self._refuse("resume")
