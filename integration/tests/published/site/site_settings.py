"""Settings of a site that runs on django-elasticsearch-metrics 2026.0.6 and on this version."""

from __future__ import annotations

import os

INSTALLED_APPS = ["elasticsearch_metrics", "library"]
SECRET_KEY = "not a secret: the records of a test"
USE_TZ = True
DJELME_BACKENDS = {
    "main": {
        "elasticsearch_metrics.imps.elastic8": {
            "hosts": os.environ["ELASTICSEARCH8_URL"],
            "djelme_default_index_name_prefix": os.environ["LIBRARY_PREFIX"],
        }
    }
}
