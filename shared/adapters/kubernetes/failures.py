"""What a request without an answer means: nobody there, or somebody whom we must not trust."""

import ssl

from urllib3 import exceptions

from shared.adapters.kubernetes.access import Access
from shared.errors import PermanentError, TransientError
from shared.http_client import why_no_answer


def unreachable(tried: str, access: Access, error: exceptions.HTTPError) -> PermanentError | TransientError:
    """Explain what urllib3 raised."""
    reason = error.reason if isinstance(error, exceptions.MaxRetryError) and error.reason else error
    if (distrust := verification(reason)) is not None:
        return PermanentError(
            f"{tried}: the certificate of {access.server} is not trusted: {distrust}. If the cluster was rebuilt, its "
            f"CA has changed. {access.mend_trust}"
        )
    return TransientError(f"{tried}: cannot reach {access.cluster} at {access.server}: {in_words(reason)}")


def verification(reason: Exception) -> str | None:
    """Say why TLS refused the server's certificate; None if it did not."""
    inner = reason.args[0] if isinstance(reason, exceptions.SSLError) and reason.args else None
    return inner.verify_message if isinstance(inner, ssl.SSLCertVerificationError) else None


def in_words(reason: Exception) -> str:
    return why_no_answer(reason) or f"the connection broke: {reason}"
