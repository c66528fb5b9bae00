"""A certificate for a server on loopback, made by the Java runtime's own keytool."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from djelme_testing.cluster import ClusterUnavailableError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ("make_certificate",)


def make_certificate(java_home: Path, folder: Path, password: str) -> Path:
    """Write the key store ``http.p12`` to a folder, and its certificate beside it.

    It is a self-signed certificate for 127.0.0.1 and localhost, valid for a year.

    Returns:
        The path of the certificate, ``http.pem``, which clients have to trust.

    Raises:
        ClusterUnavailableError: if the tool fails.
    """
    store = ["-keystore", "http.p12", "-storetype", "PKCS12", "-storepass", password]
    make = ["-genkeypair", "-alias", "http", "-keyalg", "EC", "-groupname", "secp256r1"]
    make += ["-dname", "CN=localhost", "-validity", "365"]
    make += ["-ext", "san=ip:127.0.0.1,dns:localhost", "-ext", "bc:critical=ca:true"]
    make += ["-ext", "ku:critical=digitalSignature,keyCertSign", "-ext", "eku=serverAuth"]
    export = ["-exportcert", "-rfc", "-alias", "http", "-file", "http.pem"]
    for arguments in (make, export):
        done = subprocess.run(  # noqa: S603 - our own command
            [str(java_home / "bin" / "keytool"), *arguments, *store],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            msg = "no certificate could be made"
            raise ClusterUnavailableError(msg, tried=[f"keytool: {done.stdout}{done.stderr}"])
    return folder / "http.pem"
