"""A kubeconfig, read as hostile input: it names a server and holds a credential, and may do nothing else.

https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

CLUSTER = frozenset({"server", "certificate-authority-data", "extensions"})
USER = frozenset({"token", "client-certificate-data", "client-key-data", "extensions"})

REFUSED = {
    "exec": "its user runs a program (exec)",
    "auth-provider": "its user logs in through a plug-in (auth-provider)",
    "certificate-authority": "it names a file (certificate-authority)",
    "client-certificate": "it names a file (client-certificate)",
    "client-key": "it names a file (client-key)",
    "tokenFile": "it names a file (tokenFile)",
    "insecure-skip-tls-verify": "it does not say which server to trust (insecure-skip-tls-verify)",
    "proxy-url": "it sends us through a proxy (proxy-url)",
    "tls-server-name": "it expects another name than the server's (tls-server-name)",
    "username": "its user has a password (username), which no API server takes any more",
    "password": "its user has a password (password), which no API server takes any more",
    "as": "its user acts as somebody else (as)",
}

UNSET = frozenset({"", "null", "Null", "NULL", "~", "false", "False", "FALSE"})
"""Values of a key that kubectl takes as if the key were not there, as YAML writes them."""

SERVER = re.compile(r"https://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?")
TOKEN = re.compile(r"[\x21-\x7e]+")
"""What fits into a header."""


class UnusableError(Exception):
    """Why the kubeconfig cannot be used; the sentence quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Kubeconfig:
    """The current context: server, its CA, and a token, a client certificate with its key, or both (all of it PEM)."""

    server: str
    ca: str = field(repr=False)
    token: str | None = field(repr=False)
    certificate: str | None = field(repr=False)
    key: str | None = field(repr=False)


def read_kubeconfig(text: str) -> Kubeconfig:
    """Raises UnusableError."""
    document = mapping(parse(text))
    context = named(document, "context", string(document, "current-context"))
    cluster = set_fields(named(document, "cluster", string(context, "cluster")))
    user = set_fields(named(document, "user", string(context, "user")))
    refuse_all_but(CLUSTER, cluster)
    refuse_all_but(USER, user)
    server = string(cluster, "server")
    if not SERVER.fullmatch(server):
        raise UnusableError("its server is not a plain https URL")
    kubeconfig = Kubeconfig(
        server,
        ca=pem(cluster, "certificate-authority-data"),
        token=string(user, "token") if "token" in user else None,
        certificate=pem(user, "client-certificate-data") if "client-certificate-data" in user else None,
        key=pem(user, "client-key-data") if "client-key-data" in user else None,
    )
    if (kubeconfig.certificate is None) != (kubeconfig.key is None):
        raise UnusableError("client-certificate-data and client-key-data come together or not at all")
    if kubeconfig.certificate is None and kubeconfig.token is None:
        raise UnusableError("its user has neither token nor client-certificate-data")
    if kubeconfig.token is not None and not TOKEN.fullmatch(kubeconfig.token):
        raise UnusableError("its token holds characters that no token has")
    return kubeconfig


def parse(text: str) -> object:
    """Every scalar stays a string. The parser's own words quote the text, so they are dropped."""
    try:
        return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 knows strings, lists and mappings only
    except (yaml.YAMLError, RecursionError):
        raise UnusableError("it is not YAML") from None


def mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise UnusableError("it has not the shape of a kubeconfig")
    return value


def string(where: Mapping[str, Any], name: str) -> str:
    value = where.get(name)
    if not isinstance(value, str) or not value:
        raise UnusableError(f"it has no {name}")
    return value


def named(document: Mapping[str, Any], kind: str, name: str) -> Mapping[str, Any]:
    """Return what the list of this kind holds under a name."""
    listed = document.get(f"{kind}s")
    for each in listed if isinstance(listed, list) else ():
        entry = mapping(each)
        if entry.get("name") == name:
            return mapping(entry.get(kind))
    raise UnusableError(f"the {kind} that it refers to is not there")


def set_fields(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the fields that say something: not `insecure-skip-tls-verify: false`, `token: ""`, `exec: null`."""
    return {name: value for name, value in fields.items() if value and not (isinstance(value, str) and value in UNSET)}


def refuse_all_but(known: frozenset[str], fields: Mapping[str, Any]) -> None:
    for each in fields:
        if each not in known:
            raise UnusableError(REFUSED.get(each, "it holds a field that we do not know"))


def pem(where: Mapping[str, Any], name: str) -> str:
    try:
        return base64.b64decode("".join(string(where, name).split()), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        raise UnusableError(f"its {name} is not PEM in base64") from None
