"""A real browser without a window."""

from __future__ import annotations

import os
import shutil
import subprocess
import zlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ("Chromium", "colours", "find_chromium")

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
#: What a person has set who forbids scripts; the browser's own are not concerned.
_NO_SCRIPT = '{"profile": {"default_content_setting_values": {"javascript": 2}}}'
_INSTALLING = 600.0
_OPENING = 120.0
_REMEDY = "install chromium (on Debian: apt-get install chromium), or set DJELME_TEST_CHROMIUM"


def find_chromium() -> str:
    """Return the path of a browser; the distribution's is installed if there is none.

    It fails the test, and says why, where that isn't possible.
    """
    chosen = os.environ.get("DJELME_TEST_CHROMIUM")
    found = shutil.which(chosen) if chosen else _installed()
    if found is None and not chosen:
        _install()
        found = _installed()
    if found is None:
        pytest.fail(f"there is no browser {chosen or 'here'}: {_REMEDY}", pytrace=False)
    return found


def _installed() -> str | None:
    return next(filter(None, map(shutil.which, _NAMES)), None)


def _install() -> None:
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return
    variables = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (("update",), ("install", "-y", "--no-install-recommends", "chromium")):
        done = subprocess.run(  # noqa: S603 - the distribution's own
            ["apt-get", *arguments],  # noqa: S607 - wherever it is
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_INSTALLING,
            check=False,
        )
        if done.returncode:
            said = done.stderr.strip()[-500:]
            pytest.fail(f"apt-get {arguments[0]} failed: {said}; {_REMEDY}", pytrace=False)


@dataclass(frozen=True)
class Chromium:
    """A browser, with a profile of its own.

    Attributes:
        path: of the program.
        profile: a folder for its profiles.
        screenshots: a folder for what it shows.
    """

    path: str
    profile: Path
    screenshots: Path

    def dump(self, url: str) -> str:
        """Return the document as it is once a page has been opened."""
        return self._run(url, "--dump-dom")

    def photograph(
        self,
        url: str,
        name: str,
        *,
        width: int = 1280,
        height: int = 1000,
        dark: bool = False,
        script: bool = True,
    ) -> Path:
        """Return the file with a picture of a page."""
        file = self.screenshots / f"{name}.png"
        file.unlink(missing_ok=True)
        options = ["--blink-settings=preferredColorScheme=0"] if dark else []
        options += [f"--screenshot={file}", f"--window-size={width},{height}"]
        self._run(url, *options, script=script)
        return file

    def _run(self, url: str, *options: str, script: bool = True) -> str:
        profile = self.profile / ("script" if script else "no-script")
        if not script and not profile.exists():
            (profile / "Default").mkdir(parents=True)
            (profile / "Default" / "Preferences").write_text(_NO_SCRIPT)
        done = subprocess.run(  # noqa: S603 - the browser
            [self.path, *_OPTIONS, f"--user-data-dir={profile}", *options, url],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_OPENING,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout


def colours(file: Path) -> Counter[tuple[int, int, int]]:
    """Return how many pixels of a picture have which colour.

    Args:
        file: a PNG with eight bits a channel and without interlacing, as browsers write them.
    """
    data = file.read_bytes()
    position, body, header = 8, b"", b""
    while position < len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        kind = data[position + 4 : position + 8]
        chunk = data[position + 8 : position + 8 + length]
        header = chunk if kind == b"IHDR" else header
        body += chunk if kind == b"IDAT" else b""
        position += length + 12
    width, height = (int.from_bytes(header[at : at + 4], "big") for at in (0, 4))
    channels = {2: 3, 6: 4}[header[9]]
    assert header[8] == 8
    assert header[12] == 0
    raw, stride = zlib.decompress(body), width * channels
    found: Counter[tuple[int, int, int]] = Counter()
    above = bytearray(stride)
    for row in range(height):
        start = row * (stride + 1)
        line = bytearray(raw[start + 1 : start + 1 + stride])
        _unfilter(raw[start], line, above, channels)
        found.update(zip(line[0::channels], line[1::channels], line[2::channels], strict=True))
        above = line
    return found


def _unfilter(kind: int, line: bytearray, above: bytearray, channels: int) -> None:
    for place in range(len(line)):
        left = line[place - channels] if place >= channels else 0
        up, corner = above[place], above[place - channels] if place >= channels else 0
        if kind == 4:
            guess = left + up - corner
            predicted = min((left, up, corner), key=lambda value: abs(guess - value))
        else:
            predicted = (0, left, up, (left + up) // 2)[kind]
        line[place] = (line[place] + predicted) & 0xFF
