"""Remove a container when the process that made it is gone.

A program of its own: ``python watchdog.py NAME``. Its owner keeps its standard input
open; when that is closed, by the owner or by its death, the container is removed.
"""

from __future__ import annotations

import contextlib
import sys
import time
from typing import Any

_ATTEMPTS = 10
_LOOK_SECONDS = 0.5


def main() -> int:
    """Wait for the end of standard input, then remove the container named on the command line."""
    from docker.errors import DockerException

    import docker

    client = docker.from_env()
    sys.stdin.buffer.read()
    for _attempt in range(_ATTEMPTS):
        if _remove(client, sys.argv[1]):
            break
        time.sleep(_LOOK_SECONDS)
    with contextlib.suppress(DockerException):
        client.close()
    return 0


def _remove(client: Any, name: str) -> bool:
    """Tell whether the container is gone; the daemon may be busy with it."""
    from docker.errors import DockerException, NotFound

    try:
        client.containers.get(name).remove(force=True, v=True)
    except NotFound:
        return True
    except DockerException:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
