from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def own_recordtypes(only_own_recordtypes: None) -> None:
    """Commands of these tests see no others."""
