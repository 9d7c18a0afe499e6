"""Credentials of one API server: from Entra with our managed identity (AKS), or from a kubeconfig in a vault."""

import json
import os
import ssl
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from azure.core.credentials import TokenCredential
from cryptography import x509

from shared.adapters.kubernetes.kubeconfig import Kubeconfig, KubeconfigError, read_kubeconfig
from shared.azure import translated
from shared.domain.certificates.chain import UNREADABLE
from shared.errors import PermanentError
from shared.inventory import SecretReference

AKS_SCOPE = "6dae42f8-4368-4678-94ff-3960e28e3630/.default"
"""Entra's application for the API servers of AKS: https://azure.github.io/kubelogin/concepts/aks.html."""

CA_SOURCE = "(certificate-authority-data of its kubeconfig, base64-decoded)"


@dataclass(frozen=True, slots=True)
class ClusterCredentials:
    """How to connect to a cluster and authenticate, and what a person does when that fails.

    `tls` trusts the cluster's CA and no other, and holds the client certificate if there is one. `token` is called for
    each request. `identity` names what we authenticate with (`our Entra token`). The remedies are sentences:
    `server_remedy` if the address is not an API server's, `trust_remedy` if its CA is another one, `identity_remedy` if
    it does not accept us.
    """

    cluster: str
    server: str
    tls: ssl.SSLContext = field(repr=False)
    token: Callable[[], str] | None = field(repr=False)
    identity: str
    server_remedy: str
    trust_remedy: str
    identity_remedy: str


def entra_credentials(cluster: str, server: str, ca_file: Path, credential: TokenCredential) -> ClusterCredentials:
    """Raises PermanentError if the CA file cannot be read or holds no certificate."""

    def token() -> str:
        """Return the credential's token, which it caches until shortly before it expires."""
        with translated(f"cannot get a token for {cluster}"):
            return credential.get_token(AKS_SCOPE).token

    return ClusterCredentials(
        cluster,
        server,
        tls=trust_ca_file(cluster, ca_file),
        token=token,
        identity="our Entra token",
        server_remedy=f"Check clusters.{cluster}.server in the inventory.",
        trust_remedy=f"Put the new one {CA_SOURCE} into {ca_file}, and check clusters.{cluster}.server.",
        identity_remedy=f"Check that {cluster} authenticates with Entra, and that our identity is of its tenant.",
    )


def kubeconfig_credentials(
    cluster: str, ref: SecretReference, secret: Callable[[SecretReference], str | None]
) -> ClusterCredentials:
    """Read the kubeconfig from the vault by `secret`. Raises PermanentError, which quotes nothing of the kubeconfig, if
    it is missing or cannot be used."""
    renew = f"Put a new kubeconfig into the vault secret {ref}."
    text = secret(ref)
    if text is None:
        raise PermanentError(f"cannot connect to {cluster}: there is no vault secret {ref}. Put a kubeconfig there.")
    try:
        kubeconfig = read_kubeconfig(text)
        tls = tls_context(kubeconfig)
        expiry = expires_at(kubeconfig)
    except KubeconfigError as error:
        raise PermanentError(
            f"cannot connect to {cluster} with the kubeconfig in the vault secret {ref}: {error}. Put one there whose "
            "server is an https URL, with certificate-authority-data, and with a token or a client certificate and key."
        ) from None
    token = kubeconfig.token
    return ClusterCredentials(
        cluster,
        kubeconfig.server,
        tls=tls,
        token=None if token is None else lambda: token,
        identity=f"the {'token' if kubeconfig.certificate is None else 'client certificate'} of its kubeconfig",
        server_remedy=renew,
        trust_remedy=renew,
        identity_remedy=f"It is valid until {expiry:%Y-%m-%d %H:%M} UTC. {renew}" if expiry else renew,
    )


def trust_ca_file(cluster: str, ca_file: Path) -> ssl.SSLContext:
    try:
        return trust_ca(ca_file.read_text(encoding="ascii", errors="ignore"))
    except (OSError, ValueError) as error:  # ssl.SSLError, for a file without certificates, is an OSError
        reason = error.strerror if isinstance(error, OSError) else None
        raise PermanentError(
            f"cannot trust {cluster}: its CA file {ca_file} cannot be read as PEM: {reason or 'no certificate in it'}. "
            f"Put the cluster's CA there {CA_SOURCE}, or correct clusters.{cluster}.ca_file in the inventory."
        ) from error


def tls_context(kubeconfig: Kubeconfig) -> ssl.SSLContext:
    """Trust the kubeconfig's CA and load its client certificate; raises KubeconfigError."""
    try:
        tls = trust_ca(kubeconfig.ca)
    except (ssl.SSLError, ValueError):
        raise KubeconfigError("its certificate-authority-data holds no certificate") from None
    if kubeconfig.certificate is not None:
        try:
            load_client_certificate(tls, f"{kubeconfig.certificate}\n{kubeconfig.key}")
        except ssl.SSLError:
            raise KubeconfigError("its client certificate and key cannot be read, or do not belong together") from None
    return tls


def trust_ca(ca: str) -> ssl.SSLContext:
    """Trust this CA (PEM) alone, as kubectl does; raises ssl.SSLError or ValueError if there is no certificate in it.

    Not by `ssl.create_default_context`, which requires key identifiers; the CAs of many clusters have none:
    https://github.com/kubernetes-client/python/issues/2394
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=ca)
    return context


def load_client_certificate(tls: ssl.SSLContext, certificate_and_key: str) -> None:
    """Load them from a file in memory: Python takes files alone, and the key must not reach a disk.

    The empty password makes an encrypted key an error; without one, OpenSSL would ask for it at the terminal.
    """
    with os.fdopen(os.memfd_create("client-certificate"), "w") as file:
        file.write(certificate_and_key)
        file.flush()
        tls.load_cert_chain(f"/proc/self/fd/{file.fileno()}", password="")


def expires_at(kubeconfig: Kubeconfig) -> datetime | None:
    """Return when the client certificate or the token expires (UTC); None if the token does not say."""
    if kubeconfig.certificate is None:
        return jwt_expiry(kubeconfig.token or "")
    try:
        return x509.load_pem_x509_certificate(kubeconfig.certificate.encode()).not_valid_after_utc
    except UNREADABLE:
        raise KubeconfigError("its client-certificate-data holds no certificate") from None


def jwt_expiry(token: str) -> datetime | None:
    """Read the claim `exp` (RFC 7519, section 4.1.4) without verifying it; None if the token is not a JWT."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return datetime.fromtimestamp(claims["exp"], UTC)
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, OSError, RecursionError):
        return None
