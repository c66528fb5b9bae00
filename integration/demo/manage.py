#!/usr/bin/env python3
"""Django's command line for the site of the demonstration.

It finds its cluster in ELASTICSEARCH8_URL, so this serves it on a cluster of its own:
`djelme-cluster run 8.19.3 -- python integration/demo/manage.py runserver`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """Run a command of Django."""
    # Instead of this folder, in which the package's modules would be top-level ones.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
