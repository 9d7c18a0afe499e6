"""One cluster's API server: how it is reached, trusted, and asked."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from kubernetes import client
from urllib3 import Retry
from urllib3.exceptions import HTTPError

from shared.adapters.kubernetes.access import Access
from shared.adapters.kubernetes.failures import unreachable
from shared.adapters.kubernetes.refusals import refused
from shared.errors import PermanentError

TIMEOUT = (5, 20)
"""Seconds to connect, and to wait for an answer."""

PAGE = 500
"""Objects in one answer to a list."""

type Json = dict[str, Any]


class Server:
    """A client that keeps its connections and asks for the token with each request; threads may share it."""

    def __init__(self, access: Access) -> None:
        self._access = access
        api = client.ApiClient(configuration(access))
        # The package itself takes trust and client certificates from files alone.
        api.rest_client.pool_manager.connection_pool_kw["ssl_context"] = access.tls
        api.user_agent = "relaykeeper"
        self.core = client.CoreV1Api(api)
        self.apps = client.AppsV1Api(api)

    def ask(self, tried: str, method: Callable[..., Any], *arguments: object, **options: object) -> Json:
        """Call a method of the package and return the JSON object it answers; `tried` begins the sentence of an error.

        Not preloaded, an answer is neither logged (the package logs whole bodies at level DEBUG) nor made into objects
        whose repr shows a Secret's values. Errors are raised without a cause where its text quotes the answer's body.
        """
        try:
            answer = method(*arguments, **options, _preload_content=False, _request_timeout=TIMEOUT)
            found: Json = json.loads(answer.data)
        except client.ApiException as error:
            raise refused(tried, self._access, error) from None
        except HTTPError as error:
            raise unreachable(tried, self._access, error) from error
        except (UnicodeDecodeError, json.JSONDecodeError):
            raise PermanentError(
                f"{tried}: {self._access.server} answered something that is not JSON, so it is no API server. "
                f"{self._access.mend_server}"
            ) from None
        else:
            return found

    def pages(self, tried: str, method: Callable[..., Any], *arguments: object) -> Iterator[Json]:
        """Yield the items of a list, page by page."""
        following = None
        while True:
            page = self.ask(tried, method, *arguments, limit=PAGE, _continue=following)
            yield from page["items"]
            following = page["metadata"].get("continue")
            if not following:
                return


def configuration(access: Access) -> client.Configuration:
    found = client.Configuration(host=access.server.rstrip("/"))
    # What the API server answers is for us to read, a 429 with Retry-After too.
    found.retries = Retry(connect=1, read=0, redirect=0, status=0, other=0, respect_retry_after_header=False)
    if (token := access.token) is not None:

        def refresh(asking: client.Configuration) -> None:
            asking.api_key = {"BearerToken": token()}

        # The package asks for a token only if there is one already: hence the empty one.
        found.api_key, found.api_key_prefix = {"BearerToken": ""}, {"BearerToken": "Bearer"}
        found.refresh_api_key_hook = refresh
    return found
