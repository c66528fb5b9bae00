"""The settings that counted usage needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import override_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "the secret of the tests"


@pytest.fixture(autouse=True)
def session_secret() -> Iterator[None]:
    with override_settings(DJELME_SESSION_SECRET=SECRET):
        yield
