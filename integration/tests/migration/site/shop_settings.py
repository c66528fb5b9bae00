"""Settings of the site; the tests give what differs in the environment, as JSON."""

from __future__ import annotations

import json
import os

_given = json.loads(os.environ["SHOP_SETTINGS"])
DJELME_BACKENDS = _given["backends"]
SHOP_IMPS = _given["imps"]
INSTALLED_APPS = ["elasticsearch_metrics", "elasticsearch_metrics.migration", "shop"]
SECRET_KEY = "not a secret"
USE_TZ = True
