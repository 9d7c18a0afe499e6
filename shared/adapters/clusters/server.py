"""One cluster's API server: how it is reached, trusted, and asked."""

import json
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from azure.core.credentials import TokenCredential
from kubernetes import client
from urllib3 import Retry
from urllib3.exceptions import HTTPError

from shared.adapters.clusters.failures import unreachable
from shared.adapters.clusters.refusals import refused
from shared.azure import translated
from shared.domain.inventory import Cluster
from shared.errors import PermanentError

SCOPE = "6dae42f8-4368-4678-94ff-3960e28e3630/.default"
"""Entra's application for the API servers of AKS: https://azure.github.io/kubelogin/concepts/aks.html."""

TIMEOUT = (5, 20)
"""Seconds to connect, and to wait for an answer."""

PAGE = 500
"""Objects in one answer to a list."""

type Json = dict[str, Any]


class Server:
    """A client that keeps its connections and sends a fresh token with each request; threads may share it."""

    def __init__(self, cluster: Cluster, folder: Path, credential: TokenCredential) -> None:
        """Raises PermanentError if the CA file is not what it should be."""
        self._cluster = cluster
        self._credential = credential
        self._ca_file = readable_ca(cluster, folder)
        api = client.ApiClient(self._configuration())
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
            raise refused(tried, self._cluster.name, error) from None
        except HTTPError as error:
            raise unreachable(tried, self._cluster, self._ca_file, error) from error
        except (UnicodeDecodeError, json.JSONDecodeError):
            raise PermanentError(
                f"{tried}: {self._cluster.server} answered something that is not JSON, so it is no API server. Check "
                f"clusters.{self._cluster.name}.server in the inventory."
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

    def _configuration(self) -> client.Configuration:
        """The package asks for a token only if there is one already: hence the empty one."""
        configuration = client.Configuration(
            host=self._cluster.server.rstrip("/"),
            api_key={"BearerToken": ""},
            api_key_prefix={"BearerToken": "Bearer"},
            ssl_ca_cert=str(self._ca_file),
        )
        configuration.refresh_api_key_hook = self._refresh_token
        # What the API server answers is for us to read, a 429 with Retry-After too.
        configuration.retries = Retry(
            connect=1, read=0, redirect=0, status=0, other=0, respect_retry_after_header=False
        )
        return configuration

    def _refresh_token(self, configuration: client.Configuration) -> None:
        """The credential keeps its token as long as it is good."""
        with translated(f"cannot get a token for {self._cluster.name}"):
            configuration.api_key = {"BearerToken": self._credential.get_token(SCOPE).token}


def readable_ca(cluster: Cluster, folder: Path) -> Path:
    """Return the path of a CA file that holds certificates; raises PermanentError."""
    path = folder / cluster.ca_file
    try:
        ssl.create_default_context(cafile=path)
    except OSError as error:  # ssl.SSLError, for a file without certificates, is one
        raise PermanentError(
            f"cannot trust {cluster.name}: its CA file {path} cannot be read as PEM: {error.strerror or error}. "
            f"Put the cluster's CA there (certificate-authority-data of its kubeconfig, base64-decoded), or mend "
            f"clusters.{cluster.name}.ca_file in the inventory."
        ) from error
    return path
