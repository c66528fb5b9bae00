"""The options of the command line.

This needs the standard library only: scripts/demo reads it before there is an environment.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("parse",)

DESCRIPTION = """\
Load all flights that left New York in 2013 into a real Elasticsearch, serve a small Django site
that draws their numbers and counts its own visitors, and check each figure against pandas.

Everything it needs is fetched once and kept. It ends by itself: exit code 0 if all figures are
equal, 1 if one differs or something fails.
"""


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options; end the process for a wrong one, or after --help."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--records",
        type=_positive,
        metavar="N",
        help="load N flights, spread over the year (default: all)",
    )
    parser.add_argument(
        "--requests",
        type=_positive,
        default=400,
        metavar="N",
        help="send N requests to the site (default: 400)",
    )
    parser.add_argument(
        "--outage",
        action="store_true",
        help="also kill Elasticsearch while the site takes traffic, and count what it recorded",
    )
    parser.add_argument(
        "--serve",
        action="store_true",
        help="keep the site up at the end and print its address; Ctrl-C stops it",
    )
    parser.add_argument(
        "--port",
        type=_port,
        default=0,
        help="port of the site on 127.0.0.1 (default: a free one)",
    )
    parser.add_argument(
        "--migrate",
        action="store_true",
        help="tell another story: flights move from Elasticsearch 6 to 8 while a site writes them",
    )
    parser.add_argument(
        "--elasticsearch",
        choices=("8", "6"),
        default="8",
        help="major version of Elasticsearch (default: 8)",
    )
    return parser.parse_args(arguments)


def _positive(text: str) -> int:
    number = int(text.replace("_", "").replace(",", ""))
    if number < 1:
        msg = f"{text} is not a positive number"
        raise argparse.ArgumentTypeError(msg)
    return number


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number < 2**16:
        msg = f"{text} is not a port"
        raise argparse.ArgumentTypeError(msg)
    return number
