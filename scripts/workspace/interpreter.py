"""The Python interpreters of this machine, also those of pyenv that are not on PATH."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

__all__ = ["find_interpreter", "search_path"]

PYENV_VERSION = re.compile(r"3\.(\d+)\.(\d+)")


def search_path() -> str:
    """Return a PATH on which hatch finds every interpreter of this machine.

    pyenv's shims answer for a version only where it is the chosen one, so its real folders come
    before them. The newest patch of each minor version is enough.
    """
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    newest: dict[int, tuple[int, str]] = {}
    for folder in root.glob("versions/*/bin"):
        match = PYENV_VERSION.fullmatch(folder.parent.name)
        if match is None:
            continue
        minor, patch = int(match[1]), int(match[2])
        newest[minor] = max(newest.get(minor, (-1, "")), (patch, str(folder)))
    folders = [folder for _, (_, folder) in sorted(newest.items(), reverse=True)]
    path = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(dict.fromkeys([*folders, *path]))


@cache
def find_interpreter(name: str) -> str | None:
    """Return the path of an interpreter such as `python3.12` that answers, or None."""
    for folder in search_path().split(os.pathsep):
        found = shutil.which(name, path=folder)
        if found and _answers(found, name):
            return found
    return None


def _answers(path: str, name: str) -> bool:
    """Tell whether the file at the path runs, and is the version that its name says."""
    question = "import sys; print('python%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run(
            [path, "-c", question], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and answer.stdout.strip() == name
