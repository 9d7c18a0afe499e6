"""What we want: certificates."""

from typing import Literal

from pydantic import BaseModel, Field

from shared.inventory.fields import SHAPE, UNIQUE, CertificateDnsName, CertificateName, Given


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
    takeover: Given[Literal["acmebot"]] = None
    """The tool that keeps this certificate now, and from which we may take it over."""
