"""Versions of servers, as text of three numbers; the first one tells the product."""

from __future__ import annotations

import re
from dataclasses import dataclass

from djelme_testing.cluster import ClusterUnavailableError

__all__ = (
    "DEFAULT_VERSIONS",
    "Product",
    "ca_variable",
    "full_version",
    "major_of",
    "product_of",
    "server_name",
    "url_variable",
)

DEFAULT_VERSIONS = {2: "2.19.6", 6: "6.8.23", 7: "7.17.29", 8: "8.19.3", 9: "9.5.3"}
"""The version that a bare major number stands for."""


@dataclass(frozen=True)
class Product:
    """What a server is.

    Attributes:
        name: its name.
        program: the name of its start script, and of its settings' file without the ending.
        group: the Maven group that its minimal distribution is published in.
        variables: what the names of its start script's variables begin with.
    """

    name: str
    program: str
    group: str
    variables: str


_ELASTICSEARCH = Product(
    "Elasticsearch", "elasticsearch", "org.elasticsearch.distribution.integ-test-zip", "ES"
)
_OPENSEARCH = Product(
    "OpenSearch", "opensearch", "org.opensearch.distribution.integ-test-zip", "OPENSEARCH"
)
#: OpenSearch began anew with 1, and will be long on its way to 6.
_LAST_OF_OPENSEARCH = 5
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
    msg = f"{text!r} is not a version of Elasticsearch or OpenSearch"
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


def product_of(major: int) -> Product:
    """Return what servers of a major version are."""
    return _OPENSEARCH if major <= _LAST_OF_OPENSEARCH else _ELASTICSEARCH


def server_name(version: str) -> str:
    """Return product and version, for messages.

    >>> server_name("8.19.3"), server_name("2.19.6")
    ('Elasticsearch 8.19.3', 'OpenSearch 2.19.6')
    """
    return f"{product_of(major_of(version)).name} {version}"


def url_variable(major: int) -> str:
    """Return the name of the environment variable with the URL of a major version.

    >>> url_variable(8), url_variable(2)
    ('ELASTICSEARCH8_URL', 'OPENSEARCH2_URL')
    """
    if product_of(major) is _OPENSEARCH:
        return f"OPENSEARCH{major}_URL"
    return f"ELASTICSEARCH{major}_URL"


def ca_variable(major: int) -> str:
    """Return the name of the environment variable with the certificate to trust.

    >>> ca_variable(8)
    'ELASTICSEARCH8_CA_CERTS'
    """
    return f"ELASTICSEARCH{major}_CA_CERTS"
