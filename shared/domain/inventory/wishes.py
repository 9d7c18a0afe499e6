"""What we want: certificates, and the relays that serve them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from shared.domain.inventory.addresses import SHAPE
from shared.domain.inventory.fields import (
    UNIQUE,
    CertificateDnsName,
    CertificateName,
    EntryName,
    FileTemplate,
    Port,
    SecretName,
    WorkloadRef,
)
from shared.domain.inventory.templates import Content


class Certificate(BaseModel):
    """A certificate as it should be. Its name is its name in Key Vault: letters, digits and dashes."""

    model_config = SHAPE
    name: CertificateName
    vault: str
    """The vault that holds it."""
    issuer: str
    """The issuer that it comes from; `self-signed` is built in."""
    dns_names: tuple[CertificateDnsName, ...] = Field(min_length=1, json_schema_extra=UNIQUE)
    """Its DNS names in A-label form. The shortest becomes the CN."""
    key: Literal["ec-256", "ec-384", "rsa-2048", "rsa-3072", "rsa-4096"] = "ec-256"
    """Kind and size of its key."""
    uses: tuple[Literal["server", "client"], ...] = Field(default=("server",), min_length=1, json_schema_extra=UNIQUE)
    """Extended key usage: what the authority must have put into it."""
    mode: Literal["manage", "observe"] = "manage"
    """`observe` looks, probes and reports, and changes nothing."""
    takeover: Literal["acmebot"] | None = None
    """The tool that keeps this certificate now, and from which we may take it over."""


class Serves(BaseModel):
    """One certificate that a relay serves, and the Secret that it reads it from."""

    model_config = SHAPE
    certificate: str
    secret: SecretName
    """A Secret in the workload's namespace; certificates read from one directory share one Secret."""


class Relay(BaseModel):
    """One workload, the same in each of its clusters."""

    model_config = SHAPE
    name: EntryName
    clusters: tuple[str, ...] = Field(min_length=1, json_schema_extra=UNIQUE)
    """New certificates arrive in this order, one cluster at a time."""
    workload: WorkloadRef
    """namespace/statefulset/name or namespace/deployment/name."""
    ports: tuple[Port, ...] = Field(min_length=1, json_schema_extra=UNIQUE)
    """The ports on which each replica speaks SMTP with STARTTLS."""
    serves: tuple[Serves, ...] = Field(min_length=1)
    """The certificates it serves; the first is what clients without SNI get."""
    files: Annotated[Mapping[FileTemplate, Content], AfterValidator(MappingProxyType)] = Field(
        default={"tls.crt": "chain", "tls.key": "key"}, min_length=1, validate_default=True
    )
    """File names in the Secret and what they hold: bundle (key, leaf, intermediates), chain (leaf, intermediates), key.
    A name with {host} is written once per DNS name; one without, by the first certificate in that Secret only."""
    reload: Literal["auto", "restart", "none"] = "auto"
    """`auto` waits for the pods to pick a new file up and restarts only if one does not; `restart` always does."""

    @property
    def first(self) -> str:
        """The name of the certificate that clients without SNI get."""
        return self.serves[0].certificate
