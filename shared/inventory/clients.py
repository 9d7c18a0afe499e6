"""What we want: the services that log in to relays (SMTP clients), and how a relay gets to know them."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, WithJsonSchema

from shared.inventory.fields import (
    ENTRY_CONFIG,
    UNIQUE,
    EntryName,
    Given,
    Labels,
    SecretName,
    UpToTenYears,
)
from shared.inventory.names import KEY_VAULT_NAME, LONGEST_SECRET_KEY, fits
from shared.text import one_line

USER = r"^[0-9a-zA-Z]([-_0-9a-zA-Z]|\.(?!\.)){0,252}$"
REPOSITORY_PATH = r"^[^/\\]+(/[^/\\]+)*$"

_CURRENT_OR_PARENT = (".", "..")
_LONGEST_TEAM = 100


def user(name: str) -> str:
    """A client's user name: what SMTP AUTH, the relay's files and Exim's look-ups all take.

    As a `simple user name` it is at most 255 octets without NUL (RFC 4616, section 2); as the name of a file in a
    Kubernetes Secret it has SECRET_KEY's characters; `/` and `..` would lead out of the folder of files, so relays
    refuse them.
    """
    if fits(USER, name):
        return name
    raise ValueError(
        "is not a user name that a relay's files, Kubernetes and SMTP AUTH all take: letters, digits, dashes, "
        "underscores and single dots, beginning with a letter or digit, at most "
        f"{LONGEST_SECRET_KEY} characters"
    )


def secret_name(name: str) -> str:
    """A secret's name in Key Vault. The error proposes no other name: what stands here may be a pasted password."""
    if fits(KEY_VAULT_NAME, name):
        return name
    raise ValueError("is not a Key Vault name: letters, digits and dashes, no dots, at most 127 characters")


def repository_path(path: str) -> str:
    """The path of a file in a repository, from its top, written with slashes."""
    if path.isprintable() and fits(REPOSITORY_PATH, path):
        outside = [part for part in path.split("/") if part in _CURRENT_OR_PARENT]
        if not outside:
            return path
    raise ValueError(
        "is not the path of a file from the top of the repository; allowed is for example apps/mailrelay/prod.yaml, "
        "without . or .. as a part"
    )


def team(text: str) -> str:
    """A name for people, on one line."""
    name = one_line(text)
    if name is not None and len(name) <= _LONGEST_TEAM:
        return name
    raise ValueError(f"is not a team's name: one line with something to see, at most {_LONGEST_TEAM} characters")


VaultSecretName = Annotated[
    str, AfterValidator(secret_name), WithJsonSchema({"type": "string", "pattern": KEY_VAULT_NAME})
]
UserName = Annotated[str, AfterValidator(user), WithJsonSchema({"type": "string", "pattern": USER})]
RepositoryPath = Annotated[
    str, AfterValidator(repository_path), WithJsonSchema({"type": "string", "pattern": REPOSITORY_PATH})
]
TeamName = Annotated[str, AfterValidator(team), WithJsonSchema({"type": "string", "pattern": r"\S"})]


def _own_id(entry: Mapping[str, Any]) -> str:
    """Return an entry's name, from the fields that were read before; nothing if that is wrong itself."""
    return str(entry.get("name", ""))


def _sync_of(entry: Mapping[str, Any]) -> Literal["secret", "none"]:
    return "none" if entry.get("secret") is None else "secret"


class Owner(BaseModel):
    """The people whose service a client is."""

    model_config = ENTRY_CONFIG
    team: TeamName
    """Their name, as people know it."""
    route: Given[str] = None
    """The route for alerts about this client, besides those that take every alert."""


class Client(BaseModel):
    """A service that logs in to relays with a user name and a password. Its ID is what journal, URL and pause call it;
    one service in two environments is two clients, which may have the same user."""

    model_config = ENTRY_CONFIG
    name: EntryName
    user: UserName = Field(default_factory=_own_id)
    """The name that it logs in with; the ID unless given."""
    vault: str
    """The vault that holds its password."""
    secret: VaultSecretName = Field(default_factory=_own_id)
    """The name of the secret there; the ID unless given."""
    relays: tuple[str, ...] = Field(min_length=1, json_schema_extra=UNIQUE)
    """The relays that are to accept it."""
    owner: Given[Owner] = None
    """Whose service it is."""
    mode: Literal["observe", "manage"] = "observe"
    """`observe` looks and reports, and changes nothing; `manage` also makes its password."""
    max_age: Given[UpToTenYears] = None
    """Days after which its password is to be replaced; never by age unless given."""
    labels: Labels = Field(default={}, validate_default=True)
    """Labels by which people choose clients: {team: mail}. They change nothing."""


class ClientList(BaseModel):
    """A list of user names in a file of a Flux repository, from which a relay learns its clients."""

    model_config = ENTRY_CONFIG
    path: RepositoryPath
    """The file, from the top of the repository."""
    keys: tuple[str, ...] = Field(min_length=1)
    """The keys that lead to the list: [spec, values, authKeyVaultSecrets]."""


class ClientSource(BaseModel):
    """Where a cluster says which clients a relay has: each becomes a client in mode observe."""

    model_config = ENTRY_CONFIG
    secretproviderclass: SecretName
    """A SecretProviderClass of the Secrets Store CSI driver, in the workload's namespace."""
    ignore: tuple[VaultSecretName, ...] = Field(default=(), json_schema_extra=UNIQUE)
    """Objects in it that are no client."""


class RelayClients(BaseModel):
    """How a relay gets to know its clients."""

    model_config = ENTRY_CONFIG
    secret: Given[SecretName] = None
    """A Secret in the workload's namespace, for clients alone, into which we write a file for each."""
    sync: Literal["secret", "none"] = Field(default_factory=_sync_of)
    """`secret`: we write the files into `secret`. `none`: something else brings them, and no `secret` is given. Which,
    is clear from `secret` unless given."""
    content: Literal["sha256", "password"] = "sha256"
    """What such a file holds: the password's SHA-256 in hexadecimal, or the password itself."""
    lists: tuple[ClientList, ...] = ()
    """Where the user names stand in a Flux repository."""
    vault: Given[str] = None
    """The vault that holds the passwords of listed names that no client has; the one that the relay's clients have in
    common unless given."""
    source: Given[ClientSource] = Field(default=None, alias="from")
    """Where a cluster says which clients there are."""
