"""Settings of a site that a test starts as a process of its own."""

from __future__ import annotations

import json
import os

globals().update(json.loads(os.environ["SITE_SETTINGS"]))

INSTALLED_APPS = ["elasticsearch_metrics", "testapp"]
USE_TZ = True
