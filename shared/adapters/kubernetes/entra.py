"""Entering an AKS cluster with the tokens that Entra gives our managed identity."""

import ssl
from pathlib import Path

from azure.core.credentials import TokenCredential

from shared.adapters.kubernetes.access import Access, trusting
from shared.azure import translated
from shared.errors import PermanentError

SCOPE = "6dae42f8-4368-4678-94ff-3960e28e3630/.default"
"""Entra's application for the API servers of AKS: https://azure.github.io/kubelogin/concepts/aks.html."""

FROM_A_KUBECONFIG = "(certificate-authority-data of its kubeconfig, base64-decoded)"


def by_entra(cluster: str, server: str, ca_file: Path, credential: TokenCredential) -> Access:
    """Raises PermanentError if the CA file is not what it should be."""

    def token() -> str:
        """The credential keeps its token as long as it is good."""
        with translated(f"cannot get a token for {cluster}"):
            return credential.get_token(SCOPE).token

    return Access(
        cluster,
        server,
        tls=trusting_file(cluster, ca_file),
        token=token,
        identity="our Entra token",
        mend_server=f"Check clusters.{cluster}.server in the inventory.",
        mend_trust=f"Put the new one {FROM_A_KUBECONFIG} into {ca_file}, and check clusters.{cluster}.server.",
        mend_identity=f"Check that {cluster} authenticates with Entra, and that our identity is of its tenant.",
    )


def trusting_file(cluster: str, ca_file: Path) -> ssl.SSLContext:
    try:
        return trusting(ca_file.read_text(encoding="ascii", errors="ignore"))
    except (OSError, ValueError) as error:  # ssl.SSLError, for a file without certificates, is an OSError
        why = error.strerror if isinstance(error, OSError) else None
        raise PermanentError(
            f"cannot trust {cluster}: its CA file {ca_file} cannot be read as PEM: {why or 'no certificate in it'}. "
            f"Put the cluster's CA there {FROM_A_KUBECONFIG}, or mend clusters.{cluster}.ca_file in the inventory."
        ) from error
