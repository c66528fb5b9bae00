"""``python -m djelme_testing`` is ``djelme-cluster``."""

from __future__ import annotations

import sys

from djelme_testing.cli import main

sys.exit(main())
