"""A site in a process of its own, and how its tests talk to it."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PAGES = "admin/elasticsearch_metrics/recordtype"
_FOLDER = Path(__file__).parent / "site"
#: A page that waits for a silent cluster as clients do by default takes longer than this.
_TIMEOUT = 9.0


@dataclass(frozen=True)
class Answer:
    """What the site answers."""

    status: int
    text: str
    headers: Mapping[str, str]
    url: str


@dataclass(frozen=True)
class SiteProcess:
    """A site that is up, at an address without a slash at its end."""

    address: str

    def enter(self, to: str, user: str = "root") -> str:
        """Return the address that logs a user in and leads to a path."""
        query = urllib.parse.urlencode({"user": user, "to": f"/{to}"})
        return f"{self.address}/enter/?{query}"

    def get(self, to: str, /, user: str | None = "root", **query: Any) -> Answer:
        """Return the answer to a request, by a user who has just come."""
        path = f"{urllib.parse.quote(to)}?{urllib.parse.urlencode(query)}"
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)
        url = f"{self.address}/{path}" if user is None else self.enter(path, user)
        try:
            with opener.open(url, timeout=_TIMEOUT) as response:
                text = response.read().decode()
                return Answer(response.status, text, response.headers, response.url)
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read().decode(), error.headers, error.url)

    def post(self, to: str, /, user: str = "root") -> Answer:
        """Return the answer to the form of a page, sent by a user who has just come."""
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)
        path = urllib.parse.quote(to)
        try:
            with opener.open(self.enter(path, user), timeout=_TIMEOUT) as page:
                token = re.search('name="csrfmiddlewaretoken" value="(.*?)"', page.read().decode())
                assert token is not None
            data = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1]}).encode()
            with opener.open(f"{self.address}/{path}", data, timeout=_TIMEOUT) as response:
                text = response.read().decode()
                return Answer(response.status, text, response.headers, response.url)
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read().decode(), error.headers, error.url)


@contextmanager
def silent_server() -> Iterator[str]:
    """Offer the address of something that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def serve(
    imps: Mapping[str, str],
    backends: Mapping[str, Any],
    database: Path,
    *,
    theme: str = "",
    has_records: bool = False,
) -> Iterator[SiteProcess]:
    """Serve the site while the block runs.

    Args:
        imps: paths of imps, by names of backends that answer.
        backends: as in ``DJELME_BACKENDS``.
        database: a file that doesn't exist yet.
        theme: an app that gives the admin another look, "unfold" or "jazzmin".
        has_records: whether another site made its records there already.

    Raises:
        AssertionError: if it doesn't come up.
    """
    given = {
        "imps": imps,
        "backends": backends,
        "database": str(database),
        "theme": theme,
        "has_records": has_records,
    }
    variables = {
        **os.environ,
        "ADMIN_SITE": json.dumps(given),
        "DJANGO_SETTINGS_MODULE": "site_settings",
        "PYTHONPATH": str(_FOLDER),
        "PYTHONWARNINGS": "ignore",
    }
    with started([str(_FOLDER / "serve.py")], variables, seconds=10) as address:
        yield SiteProcess(address)


@contextmanager
def started(
    arguments: Sequence[str], variables: Mapping[str, str], *, seconds: float
) -> Iterator[str]:
    """Run a script that serves something, until its input is closed, while the block runs.

    Args:
        arguments: the script and what it is given.
        variables: of its environment.
        seconds: how long it may take to end, before it is killed.

    Returns:
        The first line that it writes.

    Raises:
        AssertionError: if it doesn't come up.
    """
    with subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, *arguments],
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            said = process.stdout.readline().strip()
            assert said, f"{arguments[0]} ended with code {process.wait(10)}"
            yield said
        finally:
            process.stdin.close()
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
