"""hatch and uv, installed from nothing below .tools/, and the environments that they make."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from workspace.interpreter import search_path

__all__ = ["ROOT", "STATE", "environment", "environment_folder", "hatch", "prepare"]

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".tools"
CONSTRAINTS = ROOT / "constraints.txt"
TOOLS = ("hatch", "uv")
OLDEST = (3, 10)
_NOT_PASSED_ON = {
    "HATCH_ENV",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONHOME",
    "PYTHONPATH",
    "VIRTUAL_ENV",
}


def prepare() -> None:
    """Install the pinned hatch and uv into `.tools/venv` unless they are there already.

    Safe when several scripts start at once.

    Raises:
        SystemExit: If this Python is too old, or has no `venv`, or the install fails; the
            message says what to do.
    """
    if sys.version_info[:2] < OLDEST:
        sys.exit(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed, this is {sys.version}")
    STATE.mkdir(exist_ok=True)
    stamp = STATE / "venv" / "constraints.txt"
    wanted = f"{sys.version_info[:2]}\n{CONSTRAINTS.read_text()}"
    with (STATE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        drop_stale_environments()
        if stamp.exists() and stamp.read_text() == wanted:
            return
        print(f"Installing {' and '.join(TOOLS)} into {STATE / 'venv'}", flush=True)
        try:
            venv.create(STATE / "venv", clear=True, with_pip=True)
            subprocess.run(
                [
                    *(STATE / "venv/bin/python", "-m", "pip", "install"),
                    *("--quiet", "--disable-pip-version-check"),
                    *("--constraint", CONSTRAINTS, *TOOLS),
                ],
                check=True,
            )
        except (subprocess.CalledProcessError, ImportError) as error:
            sys.exit(
                f"hatch and uv can't be installed: {error}\n"
                "This needs Python's own venv and pip (on Debian: apt install python3-venv) "
                "and access to PyPI."
            )
        stamp.write_text(wanted)


def environment(**extra: str) -> dict[str, str]:
    """Return the variables for hatch: its data below .tools/, all interpreters on PATH.

    Bytecode is kept there, too, whatever the caller's Python does with its own: tests start some
    hundred processes, and each would compile Django and a client again.
    """
    kept = {name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON}
    return {
        **kept,
        "HATCH_DATA_DIR": str(STATE / "hatch"),
        "HATCH_PYTHON": sys.executable,
        "PATH": search_path(),
        "PYTHONPYCACHEPREFIX": str(STATE / "pycache"),
        "PYTHONUNBUFFERED": "1",
        **extra,
    }


def hatch(*arguments: str) -> list[str]:
    """Return the command line that runs the pinned hatch."""
    return [str(STATE / "venv/bin/hatch"), *arguments]


def environment_folder(name: str) -> Path:
    """Make one of hatch.toml's environments, or bring it up to date, and return its folder.

    Raises:
        SystemExit: If hatch can't make it; it has said why.
    """
    answer = subprocess.run(
        hatch("run", f"{name}:python", "-c", "import sys; print(sys.prefix)"),
        cwd=ROOT,
        env=environment(),
        check=False,
        stdout=subprocess.PIPE,
        text=True,
    )
    if answer.returncode:
        message = f"hatch can't make the environment {name}"
        raise SystemExit(message)
    return Path(answer.stdout.split()[-1])


def drop_stale_environments() -> None:
    """Remove environments made before the version or the entry points of a package changed.

    hatch notices changed dependencies by itself, but these it keeps as they were installed.
    """
    declared = [
        *ROOT.glob("packages/*/pyproject.toml"),
        *ROOT.glob("packages/core/src/*/_version.py"),
    ]
    wanted = "".join(path.read_text() for path in sorted(declared))
    stamp = STATE / "hatch" / "declared.txt"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    shutil.rmtree(STATE / "hatch" / "env", ignore_errors=True)
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(wanted)
