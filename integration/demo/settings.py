"""Settings of the site. Variables of the environment say which cluster it uses.

`DEMO_ELASTICSEARCH`
    Major version of Elasticsearch, "8" (default) or "6": chooses the imp.
`ELASTICSEARCH8_URL`, `ELASTICSEARCH6_URL`
    The cluster's address; by default port 9200 of this machine.
`ELASTICSEARCH8_CA_CERTS`, `ELASTICSEARCH6_CA_CERTS`
    The certificate to trust, where the cluster needs one.
`DEMO_SPOOL_DIR`
    Where visits wait for Elasticsearch; by default below `.tools/demo` of the workspace.
`DEMO_OUTAGE`
    Says that an outage is made on purpose, so that the site doesn't report it.
`DEMO_INDEX_PREFIX`
    Put before the names of all indexes and templates; nothing by default.
`DEMO_DATABASE`
    File of the database for the users of the admin; by default below `.tools/demo`, too.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key

ELASTICSEARCH = os.environ.get("DEMO_ELASTICSEARCH", "8")
#: The one place that chooses the imp; demo.imp hands out what the record types need of it.
DEMO_IMP = f"elasticsearch_metrics.imps.elastic{ELASTICSEARCH}"

_client_options = {
    "hosts": os.environ.get(f"ELASTICSEARCH{ELASTICSEARCH}_URL", "http://127.0.0.1:9200")
}
_certificate = os.environ.get(f"ELASTICSEARCH{ELASTICSEARCH}_CA_CERTS")
if _certificate:
    _client_options["ca_certs"] = _certificate

_folder = Path(__file__).resolve().parents[2] / ".tools" / "demo"
_folder.mkdir(parents=True, exist_ok=True)
_delivery_options = {
    "djelme_delivery": "durable",
    "djelme_spool_dir": os.environ.get("DEMO_SPOOL_DIR") or str(_folder / "spool"),
    "djelme_batch_delay": 0.2,
    "djelme_backoff_max": 2.0,  # nobody wants to watch longer
}

DJELME_BACKENDS = {
    "demo": {
        DEMO_IMP: {
            **_client_options,
            **_delivery_options,
            "djelme_default_index_name_prefix": os.environ.get("DEMO_INDEX_PREFIX", ""),
        }
    }
}

# What the box on an airport's page counts: flights there, and from which of New York's airports.
DJELME_USAGE = {"flights.Flight": {"item": "destination", "action": "origin"}}

SECRET_KEY = get_random_secret_key()  # the site signs nothing that has to outlive its process
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
INSTALLED_APPS = [
    "elasticsearch_metrics",
    "demo.flights",
    # For the admin, which shows the record types.
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "demo.flights.middleware.VisitMiddleware",
    "demo.flights.middleware.UnavailableMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
ROOT_URLCONF = "demo.urls"
WSGI_APPLICATION = "demo.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("DEMO_DATABASE") or str(_folder / "users.sqlite3"),
    }
}
STATIC_URL = "/static/"
USE_TZ = True
TIME_ZONE = "UTC"
# What djelme and the site say of a cluster that is away is enough; of an outage that is made on
# purpose, what djelme says.
_quiet = ["elastic_transport", "elasticsearch"]
if os.environ.get("DEMO_OUTAGE"):
    _quiet += ["demo.flights", "django.request"]
# Requests for pages that don't exist are part of the demonstration, and no news.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {
        "django.request": {"level": "ERROR"},
        **{name: {"level": "CRITICAL"} for name in _quiet},
    },
    "root": {"level": "WARNING", "handlers": ["console"]},
}
