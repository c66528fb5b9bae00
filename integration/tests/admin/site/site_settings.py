"""Settings of the site whose admin is tested. ``ADMIN_SITE`` has what differs from run to run."""

from __future__ import annotations

import json
import os

_given = json.loads(os.environ["ADMIN_SITE"])
DJELME_BACKENDS = _given["backends"]
#: Imps by the name of the backend that answers.
IMPS = _given["imps"]
HAS_RECORDS = _given["has_records"]
#: An app that gives the admin another look.
THEME = _given["theme"]
JAZZMIN_SETTINGS = {"use_google_fonts_cdn": False}  # tests ask nobody outside
JAZZMIN_UI_TWEAKS = {"default_theme_mode": "auto"}

SECRET_KEY = "only for tests, where nothing is secret"
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [
    *([THEME] if THEME else []),  # before the admin, whose templates it replaces
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "elasticsearch_metrics",
    "shop",
]
MIDDLEWARE = [
    "site_policy.CountingMiddleware",
    # Themes have scripts of their own within their pages, which it forbids.
    *([] if THEME else ["site_policy.PolicyMiddleware"]),
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "string_if_invalid": "",
        },
    }
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": _given["database"]}}
ROOT_URLCONF = "site_urls"
STATIC_URL = "/static/"
USE_TZ = True
# Not UTC, to see that the pages are in UTC all the same.
TIME_ZONE = "America/New_York"
