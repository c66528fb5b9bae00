"""Real clusters that several steps or cells share, through djelme_testing's own command."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from workspace.report import say
from workspace.toolchain import ROOT, environment, environment_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["shared_cluster", "url_variable"]

CLUSTER_ENVIRONMENT = "clusters"
PROGRAM = "djelme-cluster"
# The child tells the URL and lives until its standard input closes. So the cluster goes when
# this process ends, however it ends: `djelme-cluster run` stops it when its command is done.
HOLD = "import os, sys; print('URL', os.environ[sys.argv[1]], flush=True); sys.stdin.read()"


def url_variable(elasticsearch: str) -> str:
    """Return the variable that hands a cluster over: ELASTICSEARCH8_URL for `8`."""
    return f"ELASTICSEARCH{elasticsearch}_URL"


@contextmanager
def shared_cluster(elasticsearch: str, server: str = "") -> Iterator[str]:
    """Offer the URL of one cluster, started here or given from outside.

    A cluster that the caller's environment names is used as it is, and left running.

    Args:
        elasticsearch: The major version, such as `8`.
        server: The exact version to start instead of the default one, also of another major
            version: `7.17.29`.

    Raises:
        RuntimeError: If the cluster did not start, with djelme-cluster's reason.
    """
    server = server or elasticsearch
    variable = url_variable(server.partition(".")[0])
    given = os.environ.get(variable)
    if given:
        yield given
        return
    say(f"Starting Elasticsearch {server}")
    program = environment_folder(CLUSTER_ENVIRONMENT) / "bin" / PROGRAM
    child = subprocess.Popen(
        [str(program), "run", server, "--", sys.executable, "-c", HOLD, variable],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # Ctrl-C is ours to handle: the pipe stops the cluster
    )
    if child.stdout is None or child.stdin is None:  # can't be: pipes were asked for
        raise RuntimeError(program)
    reason = f"Elasticsearch {server} did not start"
    try:
        for line in child.stdout:
            word, _, rest = line.rstrip().partition(" ")
            if word == "URL":
                yield rest
                break
            say(line.rstrip())
            if word == f"{PROGRAM}:":  # its last message is its error; indented lines explain it
                reason = rest
        else:
            raise RuntimeError(reason)
    finally:
        child.stdin.close()
        child.wait(timeout=60)
        child.stdout.close()
