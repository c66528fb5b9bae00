"""The least settings with which the mypy plugin of django-stubs can load Django."""

from __future__ import annotations

INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes"]
SECRET_KEY = "for-type-checks-only"  # noqa: S105 - nothing is signed with it
USE_TZ = True
