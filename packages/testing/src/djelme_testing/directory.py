"""Where things are kept between runs, and which user serves them."""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from djelme_testing.cluster import ClusterUnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("ServerUser", "cache_directory", "reachable_by_others", "server_user", "state_directory")

_NAME = "djelme-testing"
_FOR_ROOT = (Path("/var/cache"), Path("/var/tmp"))  # noqa: S108 - ownership is checked below
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True)
class ServerUser:
    """The user that servers run as when we are root, which Elasticsearch refuses to be."""

    uid: int
    gid: int

    def own(self, top: Path) -> None:
        """Give a folder and all in it to this user."""
        os.chown(top, self.uid, self.gid)
        for folder, names, files in os.walk(top):
            for name in (*names, *files):
                os.chown(Path(folder, name), self.uid, self.gid, follow_symlinks=False)


def server_user() -> ServerUser | None:
    """Return the user to run servers as, or None to run them as ourselves.

    Raises:
        ClusterUnavailableError: if we are root and there is no user ``nobody``.
    """
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        msg = "Elasticsearch refuses to run as root, and this machine has no user 'nobody'"
        raise ClusterUnavailableError(
            msg,
            hint="add a user 'nobody', or run this as a normal user",
        ) from None
    return ServerUser(entry.pw_uid, entry.pw_gid)


def cache_directory(environ: Mapping[str, str]) -> Path:
    """Return the folder of what is kept between runs, making it if need be.

    ``DJELME_CACHE_DIR``, or ``djelme-testing`` below the user's cache folder, or for root, whose
    own folders nobody else can enter, below ``/var/cache`` or ``/var/tmp``.

    Raises:
        ClusterUnavailableError: if there is none that can be used.
    """
    hint = "set DJELME_CACHE_DIR to a folder of yours that others may enter but not write to"
    if given := environ.get("DJELME_CACHE_DIR"):
        candidates = [Path(given).absolute()]
    elif os.geteuid() == 0:
        candidates = [parent / _NAME for parent in _FOR_ROOT]
    else:
        home = environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        candidates = [Path(home) / _NAME]
    tried = []
    for candidate in candidates:
        try:
            candidate.mkdir(mode=0o755, parents=True, exist_ok=True)
            status = candidate.stat()
        except OSError as error:
            tried.append(str(error))
            continue
        if status.st_uid != os.geteuid() or status.st_mode & _OTHERS_WRITE:
            tried.append(f"{candidate}: belongs to, or can be written to by, somebody else")
        elif os.geteuid() == 0 and not reachable_by_others(candidate):
            tried.append(f"{candidate}: user 'nobody', who runs the server, can't enter it")
        else:
            return candidate
    msg = "there is no folder to keep Elasticsearch in"
    raise ClusterUnavailableError(msg, tried=tried, hint=hint)


def state_directory(environ: Mapping[str, str]) -> Path:
    """Return the folder that remembers clusters left running, making it if need be."""
    if given := environ.get("DJELME_STATE_DIR"):
        folder = Path(given).absolute()
    else:
        folder = Path(environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / _NAME
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def reachable_by_others(path: Path) -> bool:
    """Tell whether any user can enter a folder, as far as its permissions and parents' say."""
    folder = path.resolve()
    return all(each.stat().st_mode & stat.S_IXOTH for each in (folder, *folder.parents))
