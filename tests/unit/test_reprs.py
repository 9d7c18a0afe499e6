"""A secret is not shown by what holds it: not in a repr, not in a text, not in an error raised with it at hand."""

import dataclasses
import importlib
import pkgutil
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests
from azure.core.credentials import AccessToken
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import shared
from infra.local.pki import Authority
from shared.adapters.acme.authority import AcmeAuthority
from shared.adapters.acme.keys import read_key
from shared.adapters.acme.transport import Transport
from shared.adapters.keyvault.bundles import PEM, PKCS12, read_bundle
from shared.adapters.keyvault.key_vaults import KeyVaults
from shared.adapters.keyvault.passwords import SecretAttributes, SecretBundle
from shared.adapters.kubernetes.api_server import ApiServer
from shared.adapters.kubernetes.clusters import KubernetesClusters
from shared.adapters.kubernetes.credentials import entra_credentials
from shared.domain.certificates.certificate import Bundle
from shared.domain.clients.login import WAYS, ExpectedServer, Login, judge_auth_reply
from shared.domain.clients.password import Password
from shared.domain.clients.stored_password import StoredPassword
from shared.domain.issuing.acme import Account, AccountKey
from shared.domain.object_ref import Version
from shared.domain.serving.probe import Probe
from shared.domain.serving.tls_secret import SecretApply, render_files
from shared.errors import PermanentError
from shared.inventory import Vault
from shared.workflows.examine import ProbeClient
from tests.e2e import leaks
from tests.fakes.inventory import NOW
from tests.fakes.leaves import leaf

PRIVATE = ec.generate_private_key(ec.SECP256R1())
KEY_PEM = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
KEY = AccountKey(KEY_PEM)
ACCOUNT = Account("https://acme.example.net/dir", KEY, "https://acme.example.net/account/1")
BUNDLE = Bundle(leaf(), KEY_PEM, b"chain")
TOKEN = "canary-that-must-not-sing"  # noqa: S105
PASSWORD = "canary-of-an-smtp-client"  # noqa: S105
HIDDEN = [leaks.key("the key", KEY_PEM), leaks.text("the token", TOKEN), leaks.text("the password", PASSWORD)]

PUBLIC = {
    ("Bundle", "chain"),
    ("PendingOperation", "csr"),
    ("Answer", "body"),
    ("HttpResponse", "body"),
    ("JournalBlob", "content"),
}
"""Bytes that may be shown: certificates, requests for them, an authority's answers, journals."""


class Identity:
    """A credential that gives the same token to everybody."""

    def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken(TOKEN, int(datetime.now(UTC).timestamp()) + 3600)


def api_server(folder: Path) -> ApiServer:
    """Return a client that has got its token."""
    authority = Authority.create(folder, "cluster")
    server = ApiServer(entra_credentials("dev", "https://127.0.0.1:1", authority.path, Identity()))
    server.core.api_client.configuration.get_api_key_with_prefix("BearerToken")
    assert server.core.api_client.configuration.api_key == {"BearerToken": TOKEN}
    return server


def transport() -> Transport:
    return Transport(ACCOUNT.directory, read_key(KEY), requests.Session())


def authority() -> AcmeAuthority:
    """Return an adapter that has seen the account's key."""
    acme = AcmeAuthority()
    acme._of(ACCOUNT)  # noqa: SLF001 where it keeps the key
    return acme


def part() -> SecretApply:
    return SecretApply(
        "mailrelay",
        "relay-tls",
        "Opaque",
        render_files(BUNDLE, {"a.pem": "bundle"}, Version("v1")),
        {},
        "relaykeeper/certificate.a",
        "1",
    )


def login() -> Login:
    """Return a login as a prober gets it."""
    expected = ExpectedServer("mail.example.net", NOW, (), frozenset({leaf().thumbprint}))
    return Login(Probe("mailrelay-0", "127.0.0.1", 25, None), "payroll", Password(PASSWORD), WAYS[0], expected)


HOLDERS: dict[str, Callable[[Path], object]] = {
    "AccountKey": lambda _: KEY,
    "Account": lambda _: ACCOUNT,
    "Bundle": lambda _: BUNDLE,
    "SecretPart": lambda _: part(),
    "SigningKey": lambda _: read_key(KEY),
    "Transport": lambda _: transport(),
    "AcmeAuthority": lambda _: authority(),
    "KeyVaults": lambda _: KeyVaults({"dev": Vault(name="dev", url="https://dev.vault.example.net")}, Identity()),
    "ApiServer": api_server,
    "its configuration": lambda folder: api_server(folder).core.api_client.configuration,
    "Password": lambda _: Password(PASSWORD),
    "StoredPassword": lambda _: StoredPassword(Version("1" * 32), Password(PASSWORD), NOW, None, "payroll"),
    "SecretBundle": lambda _: SecretBundle("https://x/secrets/payroll/1", SecretAttributes(1), PASSWORD),
    "Login": lambda _: login(),
    "LoginResult": lambda _: judge_auth_reply(login(), 535, "no"),
    "ProbeClient": lambda _: ProbeClient("payroll", Password(PASSWORD)),
    "KubernetesClusters": lambda folder: KubernetesClusters({}, folder, Identity(), lambda _: TOKEN),
}


@pytest.mark.parametrize("holder", HOLDERS.values(), ids=HOLDERS)
def test_what_holds_a_secret_does_not_show_it(tmp_path: Path, holder: Callable[[Path], object]) -> None:
    held = holder(tmp_path)
    containers = [held, (held,), {"held": held}, ValueError(held)]
    assert shown(*(form(one) for one in containers for form in (repr, str))) == []


def shown(*texts: str) -> list[str]:
    return leaks.leaks(HIDDEN, {str(place): text.encode() for place, text in enumerate(texts)})


def test_the_search_would_find_a_repr_that_shows_it() -> None:
    assert shown(repr(KEY.pem), repr([TOKEN])) == ["the key is seen in 0", "the token is seen in 1"]


def modules() -> Iterator[Any]:
    for found in pkgutil.walk_packages(shared.__path__, "shared."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def records() -> set[type]:
    """Return every dataclass, tuple and structure of the product."""
    classes = {member for module in modules() for member in vars(module).values() if isinstance(member, type)}
    return {one for one in classes if one.__module__.startswith("shared.") and fields_of(one)}


def fields_of(kind: type) -> dict[str, bool]:
    """Return whether each field is part of the repr; empty for what is no record."""
    if dataclasses.is_dataclass(kind):
        return {field.name: field.repr for field in dataclasses.fields(kind)}
    if issubclass(kind, msgspec.Struct):
        return dict.fromkeys(kind.__struct_fields__, True)
    return dict.fromkeys(getattr(kind, "_fields", ()), True)


@pytest.mark.parametrize("kind", sorted(records(), key=repr))
def test_the_repr_of_a_value_with_bytes_or_a_signing_key_hides_them_or_they_are_public(kind: type) -> None:
    hints = {name: str(hint) for name, hint in kind.__annotations__.items()}
    shown = {
        (kind.__name__, name)
        for name, is_shown in fields_of(kind).items()
        if is_shown and any(word in hints.get(name, "") for word in ("bytes", "JWK", "PrivateKey"))
    }
    assert shown <= PUBLIC


def without_end(pem: bytes) -> bytes:
    return pem.replace(b"-----END PRIVATE KEY-----", b"")


@pytest.mark.parametrize(
    "raises",
    [
        lambda: read_key(AccountKey(without_end(KEY_PEM))),
        lambda: read_key(AccountKey(KEY_PEM.replace(b"PRIVATE KEY", b"CERTIFICATE"))),
        lambda: read_bundle(KEY_PEM.decode(), PEM, NOW),
        lambda: read_bundle(without_end(KEY_PEM).decode(), PEM, NOW),
        lambda: read_bundle(KEY_PEM.decode(), PKCS12, NOW),
        lambda: read_bundle(KEY_PEM.decode(), "text/plain", NOW),
    ],
)
def test_an_error_about_a_secret_does_not_show_it(raises: Callable[[], object]) -> None:
    with pytest.raises((PermanentError, ValueError)) as raised:
        raises()
    assert shown(repr(raised.value), *traceback.format_exception(raised.value)) == []
