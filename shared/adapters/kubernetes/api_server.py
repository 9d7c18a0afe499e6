"""One cluster's API server: connections, trust, and requests through the `kubernetes` package."""

import json
import ssl
from collections.abc import Callable, Iterator
from typing import Any

from kubernetes import client
from urllib3 import Retry
from urllib3.exceptions import HTTPError, MaxRetryError, SSLError

from shared.adapters.kubernetes.credentials import ClusterCredentials
from shared.adapters.kubernetes.errors import explain_refusal
from shared.errors import PermanentError, TransientError
from shared.http_client import why_no_answer

API_TIMEOUT = (5, 20)
"""Seconds to connect, and to wait for an answer."""

PAGE_SIZE = 500
"""Objects in one answer to a list."""

type Json = dict[str, Any]


class ApiServer:
    """A client that keeps its connections and asks for the token with each request; threads may share it."""

    def __init__(self, credentials: ClusterCredentials) -> None:
        self._credentials = credentials
        api = client.ApiClient(configuration(credentials))
        # The package itself takes trust and client certificates from files alone.
        api.rest_client.pool_manager.connection_pool_kw["ssl_context"] = credentials.tls
        api.user_agent = "relaykeeper"
        self.core = client.CoreV1Api(api)
        self.apps = client.AppsV1Api(api)
        self.custom = client.CustomObjectsApi(api)

    def call(self, tried: str, method: Callable[..., Any], *arguments: object, **options: object) -> Json:
        """Call a method of the package and return the JSON object that the API server answers.

        `tried` begins the message of each error. With `_preload_content=False` the package neither logs the answer (at
        level DEBUG it logs whole bodies) nor makes objects of it whose repr shows a Secret's values. Errors whose text
        quotes the answer's body are not chained.
        """
        try:
            answer = method(*arguments, **options, _preload_content=False, _request_timeout=API_TIMEOUT)
            found: Json = json.loads(answer.data)
        except client.ApiException as error:
            raise explain_refusal(tried, self._credentials, error) from None
        except HTTPError as error:
            raise connection_error(tried, self._credentials, error) from error
        except (UnicodeDecodeError, json.JSONDecodeError):
            raise PermanentError(
                f"{tried}: {self._credentials.server} answered something that is not JSON, so it is no API server. "
                f"{self._credentials.server_remedy}"
            ) from None
        else:
            return found

    def list_all(self, tried: str, method: Callable[..., Any], *arguments: object) -> Iterator[Json]:
        """Yield the items of a list, page by page."""
        token = None
        while True:
            page = self.call(tried, method, *arguments, limit=PAGE_SIZE, _continue=token)
            yield from page["items"]
            token = page["metadata"].get("continue")
            if not token:
                return


def configuration(credentials: ClusterCredentials) -> client.Configuration:
    found = client.Configuration(host=credentials.server.rstrip("/"))
    # We read what the API server answers ourselves, a 429 with Retry-After too.
    found.retries = Retry(connect=1, read=0, redirect=0, status=0, other=0, respect_retry_after_header=False)
    if (token := credentials.token) is not None:

        def refresh(current: client.Configuration) -> None:
            current.api_key = {"BearerToken": token()}

        # The package asks for a token only if there is one already: hence the empty one.
        found.api_key, found.api_key_prefix = {"BearerToken": ""}, {"BearerToken": "Bearer"}
        found.refresh_api_key_hook = refresh
    return found


def connection_error(tried: str, credentials: ClusterCredentials, error: HTTPError) -> PermanentError | TransientError:
    """Explain why there was no answer: an untrusted certificate needs a person, everything else is tried again."""
    reason = error.reason if isinstance(error, MaxRetryError) and error.reason else error
    inner = reason.args[0] if isinstance(reason, SSLError) and reason.args else None
    if isinstance(inner, ssl.SSLCertVerificationError):
        return PermanentError(
            f"{tried}: the certificate of {credentials.server} is not trusted: {inner.verify_message}. If the cluster "
            f"was rebuilt, its CA has changed. {credentials.trust_remedy}"
        )
    return TransientError(
        f"{tried}: cannot reach {credentials.cluster} at {credentials.server}: "
        f"{why_no_answer(reason) or f'the connection broke: {reason}'}"
    )
