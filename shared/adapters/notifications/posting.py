"""One POST, bounded in time and size, whose errors do not show the URL: who knows it can speak in our name."""

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import SplitResult, urlsplit

import requests

from shared.errors import PermanentError, RateLimited, TransientError
from shared.http_client import retry_after_or
from shared.text import printable_line

TIMEOUTS = (5.0, 10.0)
"""Seconds to connect, and between two pieces of an answer."""

LONGEST = 20.0
"""Seconds for all of it."""

MOST_READ = 4096
"""Bytes of an answer; nobody here needs more of it."""

LONGEST_QUOTE = 200
SHORTEST_SECRET = 6
"""Characters: shorter parts of a URL tell nothing."""

RETRY_AFTER = timedelta(minutes=1)
"""Before the next request after a 429 that names no wait."""

LATER = frozenset({408, 425, 500, 502, 503, 504})

logging.getLogger("urllib3.connection").setLevel(logging.ERROR)  # it warns of odd headers with the whole URL


def post(url: str, body: bytes, tried: str, headers: Mapping[str, str] | None = None, *, plain: bool = False) -> None:
    """Send JSON once; any 2xx will do. `plain` allows http. Raises our errors, which begin with `tried`.

    The library's time-outs are for each piece of an answer, and pieces may be small: the whole is given up after
    LONGEST, and left to a thread that ends with its connection.
    """
    address = split(url, tried, plain=plain)
    where = f"{tried} at {address.hostname}"
    sent = {"Content-Type": "application/json", "User-Agent": "relaykeeper", **(headers or {})}
    sender = ThreadPoolExecutor(1)
    try:
        sender.submit(exchange, url, address, body, sent, where).result(LONGEST)
    except requests.exceptions.SSLError:
        raise PermanentError(f"{where}: its certificate is not trusted, or it speaks no TLS") from None
    except TimeoutError:
        raise TransientError(f"{where}: no whole answer within {LONGEST:.0f} s") from None
    except (requests.exceptions.RequestException, OSError, ValueError) as error:  # ValueError: an odd Location
        raise TransientError(f"{where}: {why(error)}") from None
    finally:
        sender.shutdown(wait=False)


def why(error: BaseException) -> str:
    """Say what stood in the way in the system's words (`Connection refused`); the library's own hold the URL."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return "no answer in time" if isinstance(error, requests.exceptions.Timeout) else "it hung up, or speaks no HTTP"


def exchange(url: str, address: SplitResult, body: bytes, headers: Mapping[str, str], where: str) -> None:
    with requests.post(
        url, data=body, headers=headers, timeout=TIMEOUTS, allow_redirects=False, stream=True
    ) as response:
        if response.status_code // 100 != 2:
            raise refusal(where, response, words(response, address))


def split(url: str, tried: str, *, plain: bool) -> SplitResult:
    """Take the URL apart. Raises PermanentError if it is none that may be used."""
    try:
        address = urlsplit(url)
        if address.hostname and address.port != 0 and address.scheme in ("https", *(("http",) if plain else ())):
            return address
    except ValueError:
        pass
    allowed = "https or http" if plain else "https"
    raise PermanentError(f"{tried}: its secret does not hold an {allowed} URL. Store the URL there, and nothing else.")


def refusal(where: str, response: requests.Response, said: str) -> PermanentError | TransientError:
    sentence = f"{where}: answered {response.status_code}{f': {said}' if said else ''}"
    if response.status_code == 429:
        return RateLimited(sentence, retry_after_or(RETRY_AFTER, response.headers.get("Retry-After")), where)
    return TransientError(sentence) if response.status_code in LATER else PermanentError(sentence)


def words(response: requests.Response, address: SplitResult) -> str:
    """Return the beginning of an answer on one printable line, without any part of the URL that it may quote."""
    content = next(response.iter_content(MOST_READ), b"")
    line = printable_line(content.decode(errors="replace"))
    for part in sorted(secret_parts(address), key=len, reverse=True):
        line = line.replace(part, "...")
    return line if len(line) <= LONGEST_QUOTE else f"{line[:LONGEST_QUOTE]}..."


def secret_parts(address: SplitResult) -> set[str]:
    parts = [*address.path.split("/"), *address.query.replace("=", "&").split("&"), address.username, address.password]
    return {part for part in parts if part and len(part) >= SHORTEST_SECRET}
