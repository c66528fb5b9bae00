"""Versions of Elasticsearch, as text of three numbers."""

from __future__ import annotations

import re

from djelme_testing.cluster import ClusterUnavailableError

__all__ = ("DEFAULT_VERSIONS", "ca_variable", "full_version", "major_of", "url_variable")

DEFAULT_VERSIONS = {6: "6.8.23", 7: "7.17.29", 8: "8.19.3", 9: "9.5.3"}
"""The version that a bare major number stands for."""

_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")


def full_version(text: str) -> str:
    """Return the three numbers of a version, given them or a major number alone.

    >>> full_version("8.15.5"), full_version("6")
    ('8.15.5', '6.8.23')

    Raises:
        ClusterUnavailableError: if it is neither.
    """
    text = text.strip()
    if _VERSION.fullmatch(text):
        return text
    if text.isdecimal() and int(text) in DEFAULT_VERSIONS:
        return DEFAULT_VERSIONS[int(text)]
    known = ", ".join(f"{major} (for {version})" for major, version in DEFAULT_VERSIONS.items())
    msg = f"{text!r} is not a version of Elasticsearch"
    raise ClusterUnavailableError(
        msg,
        hint=f"give three numbers, such as {DEFAULT_VERSIONS[8]}, or one of {known}",
    )


def major_of(version: str) -> int:
    """Return the first number of a full version.

    >>> major_of("8.19.3")
    8
    """
    return int(version.partition(".")[0])


def url_variable(major: int) -> str:
    """Return the name of the environment variable with the URL of a major version.

    >>> url_variable(8)
    'ELASTICSEARCH8_URL'
    """
    return f"ELASTICSEARCH{major}_URL"


def ca_variable(major: int) -> str:
    """Return the name of the environment variable with the certificate to trust.

    >>> ca_variable(8)
    'ELASTICSEARCH8_CA_CERTS'
    """
    return f"ELASTICSEARCH{major}_CA_CERTS"
