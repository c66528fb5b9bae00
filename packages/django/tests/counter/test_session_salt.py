from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import caches
from django.test import override_settings

from djelme.errors import ConfigurationError
from elasticsearch_metrics.counter.session_salt import salt_for

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = datetime.date(2026, 11, 23)
CACHES = {
    "shared": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "salts"},
    "none": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
}


@pytest.fixture
def shared() -> Iterator[Any]:
    with override_settings(CACHES=CACHES, DJELME_SESSION_SALT_CACHE="shared"):
        caches["shared"].clear()
        yield caches["shared"]


def test_salts_are_derived_and_so_the_same_everywhere() -> None:
    with override_settings(SECRET_KEY="a secret of the site"):
        first, other = salt_for(DAY), salt_for(DAY + datetime.timedelta(days=1))
    with override_settings(DJELME_SESSION_SECRET="a secret of the site"):
        assert salt_for(DAY) == first
    with override_settings(DJELME_SESSION_SECRET=b"a secret of the site"):
        assert salt_for(DAY) == first
    with override_settings(SECRET_KEY="a secret of another site"):
        assert salt_for(DAY) != first
    assert first != other
    assert b"secret" not in first


@pytest.mark.parametrize("secret", ["short", b"short", 7, ""])
def test_a_weak_secret_is_refused_and_not_shown(secret: Any) -> None:
    with (
        override_settings(DJELME_SESSION_SECRET=secret),
        pytest.raises(ConfigurationError, match="DJELME_SESSION_SECRET") as caught,
    ):
        salt_for(DAY)
    assert "short" not in str(caught.value)


def test_a_random_salt_is_the_caches(shared: Any) -> None:
    salt = salt_for(DAY)
    assert len(salt) == 32
    assert salt_for(DAY) == salt
    assert salt_for(DAY - datetime.timedelta(days=1)) != salt
    with override_settings(DJELME_SESSION_SALT_CACHE="shared"):  # forgets what it remembered
        assert salt_for(DAY) == salt
    shared.clear()
    with override_settings(DJELME_SESSION_SALT_CACHE="shared"):
        assert salt_for(DAY) != salt


def test_of_two_random_salts_at_once_the_first_is_taken(shared: Any) -> None:
    key = f"djelme-session-salt-{DAY.isoformat()}"
    get = shared.get
    answers = iter([None])

    def get_too_early(name: str) -> Any:
        for answer in answers:
            shared.set(key, "ab" * 32)  # another process comes in between
            return answer
        return get(name)

    shared.get = get_too_early
    try:
        assert salt_for(DAY) == bytes.fromhex("ab" * 32)
    finally:
        del shared.get


def test_a_cache_that_keeps_nothing_is_no_place_for_salts() -> None:
    with (
        override_settings(CACHES=CACHES, DJELME_SESSION_SALT_CACHE="none"),
        pytest.raises(ConfigurationError, match="'none'"),
    ):
        salt_for(DAY)


def test_an_unknown_cache_is_named() -> None:
    with (
        override_settings(CACHES=CACHES, DJELME_SESSION_SALT_CACHE="redis"),
        pytest.raises(ConfigurationError, match="'redis'"),
    ):
        salt_for(DAY)
