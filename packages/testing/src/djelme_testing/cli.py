"""The command ``djelme-cluster``."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from djelme_testing.choice import PROVIDER_NAMES, start_cluster
from djelme_testing.cluster import ClusterError, ClusterUnavailableError
from djelme_testing.progress import SilentProgress, StreamProgress
from djelme_testing.provider.interface import ClusterOptions
from djelme_testing.provider.url import variables_of
from djelme_testing.version import DEFAULT_VERSIONS, full_version, major_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from djelme_testing.cluster import Cluster
    from djelme_testing.progress import Progress

__all__ = ("build_parser", "main", "split_command")

_INTERRUPTED = 130
_NOT_FOUND = 127
_NOT_EXECUTABLE = 126

_DESCRIPTION = """\
Start real Elasticsearch clusters for development and tests.

They come embedded (a server that is fetched once and run as a child of this command; there is
no Docker and no Java to install), from Docker, or are those that ELASTICSEARCH8_URL and
ELASTICSEARCH6_URL name. DJELME_CLUSTERS=embedded|docker|url chooses.
"""

_EXAMPLES = f"""\
examples:
  djelme-cluster run {DEFAULT_VERSIONS[8]} -- python manage.py runserver
  djelme-cluster run 8 6 -- pytest
  eval "$(djelme-cluster start)"
  djelme-cluster stop

A version is three numbers, or a major number for its default:
{", ".join(f"{major} is {version}" for major, version in DEFAULT_VERSIONS.items())}.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line, and return the exit code."""
    arguments, command = split_command(sys.argv[1:] if argv is None else argv)
    parser = build_parser()
    options = parser.parse_args(arguments)
    if options.action == "run":
        if not command:
            parser.error("run needs a command after --, such as: djelme-cluster run 8 -- pytest")
    elif command is not None:
        parser.error(f"{options.action} takes no command after --")
    if options.action == "stop" and options.all and options.versions:
        parser.error("stop takes versions or --all, not both")
    try:
        if options.action == "run":
            return run(options, command or [])
        if os.name != "posix":
            msg = f"{options.action} needs Linux or macOS"
            raise ClusterUnavailableError(msg)
        from djelme_testing import background

        return background.main(options)
    except ClusterError as error:
        print(f"djelme-cluster: {error}", file=sys.stderr)  # noqa: T201 - for the person
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:  # the reader of our output went away, as in `status | head -1`
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - until the end
        return 1


def split_command(argv: Sequence[str]) -> tuple[list[str], list[str] | None]:
    """Return what is before the first ``--``, and what is behind it or None without one.

    >>> split_command(["run", "8", "--", "ls", "--", "x"])
    (['run', '8'], ['ls', '--', 'x'])
    >>> split_command(["stop"])
    (['stop'], None)
    """
    argv = list(argv)
    if "--" not in argv:
        return argv, None
    at = argv.index("--")
    return argv[:at], argv[at + 1 :]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all that is before ``--``."""
    parser = argparse.ArgumentParser(
        prog="djelme-cluster",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    run_parser = actions.add_parser(
        "run",
        usage="djelme-cluster run [options] [VERSION ...] -- COMMAND ...",
        help="start clusters, run a command that finds them, and stop them",
        description="Start clusters, run a command with ELASTICSEARCH8_URL (or 6, 7, 9) set to"
        " their addresses, stop them, and exit with the command's exit code.",
    )
    run_parser.add_argument(
        "versions", nargs="*", metavar="VERSION", help=f"default: {DEFAULT_VERSIONS[8]}"
    )
    _add_cluster_options(run_parser)

    start_parser = actions.add_parser(
        "start",
        help="start a cluster that goes on in the background",
        description="Start a cluster that goes on in the background until it is stopped, and"
        " print how to make it known to a shell. Each version runs once.",
    )
    start_parser.add_argument(
        "version",
        nargs="?",
        default="8",
        metavar="VERSION",
        help=f"default: {DEFAULT_VERSIONS[8]}",
    )
    _add_cluster_options(start_parser)

    stop_parser = actions.add_parser(
        "stop",
        help="stop clusters in the background, and remove their data",
        description="Stop clusters that were started in the background, by default those that"
        " were started from the current folder, and remove their data.",
    )
    stop_parser.add_argument(
        "versions", nargs="*", metavar="VERSION", help="default: those of the current folder"
    )
    stop_parser.add_argument(
        "--all", action="store_true", help="stop those of other folders, too; asks before"
    )
    stop_parser.add_argument("--noinput", action="store_true", help="don't ask")

    for name in ("list", "status"):
        shows = actions.add_parser(
            name,
            help="show the clusters in the background" if name == "list" else "the same as list",
            description="Show the clusters that run in the background, with their age and the"
            " folder that they were started from. The exit code is 0 if there is at least one,"
            " and all of them answer; else 3.",
        )
        shows.add_argument("--format", choices=("text", "json"), default="text")
    return parser


def _add_cluster_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--provider", choices=PROVIDER_NAMES, help="default: what DJELME_CLUSTERS says"
    )
    parser.add_argument(
        "--heap",
        type=int,
        metavar="MB",
        help="heap of a server (default: 512; 384 with several nodes)",
    )
    parser.add_argument(
        "--nodes", type=int, default=1, metavar="NUMBER", help="nodes of a cluster (default: 1)"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        type=parse_setting,
        metavar="NAME=VALUE",
        dest="settings",
        help="a setting of elasticsearch.yml; can be repeated",
    )
    parser.add_argument(
        "--security",
        action="store_true",
        help="demand a user and speak TLS (embedded, from version 8)",
    )
    parser.add_argument(
        "--optimized",
        action="store_true",
        help="let Java compile for a long life, as measurements want it",
    )
    parser.add_argument("--quiet", action="store_true", help="say nothing but errors")


def parse_setting(text: str) -> tuple[str, object]:
    """Return name and value of ``name=value``; the value is JSON if it can be, else text.

    >>> parse_setting("thread_pool.write.queue_size=1")
    ('thread_pool.write.queue_size', 1)
    >>> parse_setting("node.attr.rack=left")
    ('node.attr.rack', 'left')

    Raises:
        argparse.ArgumentTypeError: if there is no ``=``.
    """
    name, equals, value = text.partition("=")
    if not name or not equals:
        msg = f"{text!r} is not NAME=VALUE"
        raise argparse.ArgumentTypeError(msg)
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def cluster_options(options: argparse.Namespace) -> ClusterOptions:
    """Return how the clusters are to be, from parsed arguments."""
    return ClusterOptions(
        nodes=options.nodes,
        heap_mb=options.heap,
        settings=dict(options.settings),
        security=options.security,
        optimized=options.optimized,
    )


def run(options: argparse.Namespace, command: Sequence[str]) -> int:
    """Start clusters, run a command, stop them, and return the command's exit code.

    Raises:
        ClusterError: if there is no cluster to be had.
    """
    versions = [full_version(version) for version in options.versions or ["8"]]
    if len({major_of(version) for version in versions}) < len(versions):
        msg = f"of {', '.join(versions)}, two have one major version, so would share a variable"
        raise ClusterUnavailableError(
            msg,
            hint="give one version for each major number",
        )
    if unrunnable := _why_not_runnable(command[0]):
        code, reason = unrunnable
        print(f"djelme-cluster: {reason}", file=sys.stderr)  # noqa: T201 - for the person
        return code
    # The default action of SIGTERM would end us at once; this way clusters are stopped.
    signal.signal(signal.SIGTERM, _exit_on_signal)
    progress = SilentProgress() if options.quiet else StreamProgress()
    with ExitStack() as stack:
        environment = dict(os.environ)
        for cluster in _start_all(versions, options, progress, stack):
            environment |= variables_of(cluster)
        return _run_command(command, environment)


def _exit_on_signal(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _start_all(
    versions: Sequence[str],
    options: argparse.Namespace,
    progress: Progress,
    stack: ExitStack,
) -> list[Cluster]:
    """Start clusters side by side; those that could be started stop with the stack."""

    def start(version: str) -> Cluster:
        return stack.enter_context(
            start_cluster(
                version,
                provider=options.provider,
                options=cluster_options(options),
                progress=progress,
            )
        )

    if len(versions) == 1:
        return [start(versions[0])]
    with ThreadPoolExecutor(len(versions)) as pool:
        return [future.result() for future in [pool.submit(start, each) for each in versions]]


def _why_not_runnable(program: str) -> tuple[int, str] | None:
    if shutil.which(program) is not None:
        return None
    if Path(program).exists():
        return _NOT_EXECUTABLE, f"{program} can't be run: it is not an executable file"
    return _NOT_FOUND, f"{program}: no such command"


def _run_command(command: Sequence[str], environment: dict[str, str]) -> int:
    try:
        child = subprocess.Popen(command, env=environment)  # noqa: S603 - the user's own command
    except OSError as error:
        print(f"djelme-cluster: {command[0]}: {error.strerror}", file=sys.stderr)  # noqa: T201 - for the person
        return _NOT_EXECUTABLE
    # Ctrl-C reaches the command, too: it decides what to do, and we stop when it has ended.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, _frame: child.send_signal(number))
    code = child.wait()
    return code if code >= 0 else 128 - code
