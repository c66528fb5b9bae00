"""djelme's own options of a backend, beside those of the client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from djelme.delivery import OPTION_NAMES, DeliveryOptions
from djelme.errors import ConfigurationError
from djelme.suggestion import choices, suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("OWN_PREFIX", "check_option_names", "split_options")

#: What the names of djelme's own options begin with.
OWN_PREFIX = "djelme_"
_OWN_NAMES = OPTION_NAMES | {"djelme_default_index_name_prefix"}


def check_option_names(
    backend_name: str, options: Mapping[str, Any], client_names: frozenset[str]
) -> None:
    """Check that every option is known.

    Args:
        backend_name: key in ``DJELME_BACKENDS``, for messages.
        options: the options that are set.
        client_names: the options that the client takes.

    Raises:
        djelme.errors.ConfigurationError: for an unknown option, with the known ones like it.
    """
    for name in options:
        known = _OWN_NAMES if name.startswith(OWN_PREFIX) else client_names
        if name not in known:
            owner = "djelme" if name.startswith(OWN_PREFIX) else "the client"
            msg = (
                f"DJELME_BACKENDS[{backend_name!r}]: {owner} has no option {name!r}; "
                f"{suggestion(name, known) or choices(name, sorted(known))}"
            )
            raise ConfigurationError(msg)


def split_options(
    backend_name: str, options: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return djelme's own options, as arguments of `Backend`, and the client's.

    Raises:
        djelme.errors.ConfigurationError: if one of djelme's own is wrong.
    """
    prefix = options.get("djelme_default_index_name_prefix", "")
    if not isinstance(prefix, str):
        msg = (
            f"DJELME_BACKENDS[{backend_name!r}]: djelme_default_index_name_prefix should be a "
            f"str, not {prefix!r}"
        )
        raise ConfigurationError(msg)
    client_options = {
        name: value for name, value in options.items() if not name.startswith(OWN_PREFIX)
    }
    own = {
        "default_index_name_prefix": prefix,
        "delivery_options": DeliveryOptions.parse(
            backend_name, options, site=settings.SETTINGS_MODULE or ""
        ),
    }
    return own, client_options
