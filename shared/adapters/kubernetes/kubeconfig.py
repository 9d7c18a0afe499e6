"""Entering a cluster with a kubeconfig that a vault holds."""

import json
import os
import ssl
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import UTC, datetime

from cryptography import x509

from shared.adapters.kubernetes.access import Access, trusting
from shared.adapters.kubernetes.kubeconfig_text import Kubeconfig, UnusableError, read_kubeconfig
from shared.domain.chain import UNREADABLE
from shared.errors import PermanentError
from shared.inventory import SecretReference


def by_kubeconfig(cluster: str, ref: SecretReference, secret: Callable[[SecretReference], str | None]) -> Access:
    """Raises PermanentError, without a word of the kubeconfig in it, if there is none or it cannot be used."""
    renew = f"Put a new kubeconfig into the vault secret {ref}."
    text = secret(ref)
    if text is None:
        raise PermanentError(f"cannot enter {cluster}: there is no vault secret {ref}. Put a kubeconfig there.")
    try:
        kubeconfig = read_kubeconfig(text)
        tls = tls_of(kubeconfig)
        until = valid_until(kubeconfig)
    except UnusableError as why:
        raise PermanentError(
            f"cannot enter {cluster} with the kubeconfig in the vault secret {ref}: {why}. Put one there whose server "
            f"is an https URL, with certificate-authority-data, and with a token or a client certificate and its key."
        ) from None
    credential = "token" if kubeconfig.certificate is None else "client certificate"
    return Access(
        cluster,
        kubeconfig.server,
        tls=tls,
        token=None if kubeconfig.token is None else always(kubeconfig.token),
        identity=f"the {credential} of its kubeconfig",
        mend_server=renew,
        mend_trust=renew,
        mend_identity=f"It is valid until {until:%Y-%m-%d %H:%M} UTC. {renew}" if until else renew,
    )


def always(token: str) -> Callable[[], str]:
    return lambda: token


def tls_of(kubeconfig: Kubeconfig) -> ssl.SSLContext:
    try:
        tls = trusting(kubeconfig.ca)
    except (ssl.SSLError, ValueError):
        raise UnusableError("its certificate-authority-data holds no certificate") from None
    if kubeconfig.certificate is not None:
        try:
            show(tls, f"{kubeconfig.certificate}\n{kubeconfig.key}")
        except ssl.SSLError:
            raise UnusableError("its client certificate and key cannot be read, or do not belong together") from None
    return tls


def show(tls: ssl.SSLContext, certificate_and_key: str) -> None:
    """Load a client certificate. Python takes it from files alone; this one is in memory, and no disk sees the key.

    Without a password, an encrypted key would have us ask for one at the terminal.
    """
    with os.fdopen(os.memfd_create("client-certificate"), "w") as file:
        file.write(certificate_and_key)
        file.flush()
        tls.load_cert_chain(f"/proc/self/fd/{file.fileno()}", password="")


def valid_until(kubeconfig: Kubeconfig) -> datetime | None:
    """Return when the credential expires, as it says itself; None if it says nothing."""
    if kubeconfig.certificate is not None:
        return certificate_until(kubeconfig.certificate)
    return token_until(kubeconfig.token or "")


def certificate_until(pem: str) -> datetime:
    try:
        return x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc
    except UNREADABLE:
        raise UnusableError("its client-certificate-data holds no certificate") from None


def token_until(token: str) -> datetime | None:
    """Read the claim `exp` of a JWT (RFC 7519, section 4.1.4), which nobody has verified; a token may be no JWT."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return datetime.fromtimestamp(claims["exp"], UTC)
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, OSError, RecursionError):
        return None
