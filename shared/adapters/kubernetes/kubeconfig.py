"""A kubeconfig, read as untrusted input: it gives a server, its CA and a credential; everything else is refused.

https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

CLUSTER_FIELDS = frozenset({"server", "certificate-authority-data", "extensions"})
USER_FIELDS = frozenset({"token", "client-certificate-data", "client-key-data", "extensions"})

REFUSED_FIELDS = {
    "exec": "its user runs a program (exec)",
    "auth-provider": "its user logs in through a plug-in (auth-provider)",
    "certificate-authority": "it names a file (certificate-authority)",
    "client-certificate": "it names a file (client-certificate)",
    "client-key": "it names a file (client-key)",
    "tokenFile": "it names a file (tokenFile)",
    "insecure-skip-tls-verify": "it would trust any server (insecure-skip-tls-verify)",
    "proxy-url": "it sends us through a proxy (proxy-url)",
    "tls-server-name": "it expects another name than the server's (tls-server-name)",
    "username": "its user has a password (username), which no API server accepts any more",
    "password": "its user has a password (password), which no API server accepts any more",
    "as": "its user acts as somebody else (as)",
}
"""Fields that would run a program, read a file, weaken TLS or change who and where we are, each with the reason."""

UNSET_VALUES = frozenset({"", "null", "Null", "NULL", "~", "false", "False", "FALSE"})
"""Values with which kubectl treats a field as absent, as they are written in YAML."""

SERVER_URL = re.compile(r"https://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?")
TOKEN_CHARACTERS = re.compile(r"[\x21-\x7e]+")
"""Printable ASCII without spaces: safe in an HTTP header."""


class KubeconfigError(Exception):
    """The kubeconfig cannot be used; the message says why and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Kubeconfig:
    """The current context: server, CA, and a token, a client certificate with its key, or both (in PEM)."""

    server: str
    ca: str = field(repr=False)
    token: str | None = field(repr=False)
    certificate: str | None = field(repr=False)
    key: str | None = field(repr=False)


def read_kubeconfig(text: str) -> Kubeconfig:
    """Raises KubeconfigError."""
    document = as_mapping(load_yaml(text))
    context = find_entry(document, "context", required_text(document, "current-context"))
    cluster = present_fields(find_entry(document, "cluster", required_text(context, "cluster")))
    user = present_fields(find_entry(document, "user", required_text(context, "user")))
    refuse_other_fields(cluster, CLUSTER_FIELDS)
    refuse_other_fields(user, USER_FIELDS)
    server = required_text(cluster, "server")
    if not SERVER_URL.fullmatch(server):
        raise KubeconfigError("its server is not a plain https URL")
    kubeconfig = Kubeconfig(
        server,
        ca=decoded_pem(cluster, "certificate-authority-data"),
        token=required_text(user, "token") if "token" in user else None,
        certificate=decoded_pem(user, "client-certificate-data") if "client-certificate-data" in user else None,
        key=decoded_pem(user, "client-key-data") if "client-key-data" in user else None,
    )
    if (kubeconfig.certificate is None) != (kubeconfig.key is None):
        raise KubeconfigError("client-certificate-data and client-key-data come together or not at all")
    if kubeconfig.certificate is None and kubeconfig.token is None:
        raise KubeconfigError("its user has neither token nor client-certificate-data")
    if kubeconfig.token is not None and not TOKEN_CHARACTERS.fullmatch(kubeconfig.token):
        raise KubeconfigError("its token contains characters that no token has")
    return kubeconfig


def load_yaml(text: str) -> object:
    """Read every scalar as a string. The parser's error quotes the text, so it is not chained."""
    try:
        return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 knows strings, lists and mappings only
    except (yaml.YAMLError, RecursionError):
        raise KubeconfigError("it is not YAML") from None


def as_mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise KubeconfigError("it does not have the structure of a kubeconfig")
    return value


def required_text(where: Mapping[str, Any], name: str) -> str:
    value = where.get(name)
    if not isinstance(value, str) or not value:
        raise KubeconfigError(f"it has no {name}")
    return value


def find_entry(document: Mapping[str, Any], kind: str, name: str) -> Mapping[str, Any]:
    """Return the entry of `contexts`, `clusters` or `users` that has this name."""
    listed = document.get(f"{kind}s")
    for each in listed if isinstance(listed, list) else ():
        entry = as_mapping(each)
        if entry.get("name") == name:
            return as_mapping(entry.get(kind))
    raise KubeconfigError(f"the {kind} that it refers to is not there")


def present_fields(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Drop fields that have no effect: `insecure-skip-tls-verify: false`, `token: ""`, `exec: null`."""
    return {
        name: value
        for name, value in fields.items()
        if value and not (isinstance(value, str) and value in UNSET_VALUES)
    }


def refuse_other_fields(fields: Mapping[str, Any], known: frozenset[str]) -> None:
    for each in fields:
        if each not in known:
            raise KubeconfigError(REFUSED_FIELDS.get(each, "it holds a field that we do not know"))


def decoded_pem(where: Mapping[str, Any], name: str) -> str:
    try:
        return base64.b64decode("".join(required_text(where, name).split()), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        raise KubeconfigError(f"its {name} is not PEM in base64") from None
