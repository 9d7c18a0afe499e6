"""Account keys: made, read, and signed with; EC P-256 or RSA."""

import json
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from josepy.b64 import b64encode
from josepy.jwa import ES256, RS256, JWASignature
from josepy.jwk import JWK, JWKEC, JWKRSA
from josepy.util import ComparableECKey, ComparableRSAKey

from shared.domain.certificates.chain import UNREADABLE
from shared.domain.issuing.acme import AccountKey
from shared.errors import PermanentError


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An account key, ready to sign requests and to authorize challenges."""

    jwk: JWK = field(repr=False)
    algorithm: JWASignature

    def thumbprint(self) -> str:
        """Return the JWK thumbprint (RFC 7638), base64url."""
        return b64encode(self.jwk.thumbprint()).decode()

    def sign(self, payload: bytes, url: str, nonce: str, account: str | None) -> str:
        """Wrap a payload for `url` (RFC 8555, section 6.2): signed for `account`, or showing the key where None yet.

        Not by `acme.jws`, which decodes the nonce and encodes it again, and so may change it.
        """
        signer = {"jwk": self.jwk.public_key().to_json()} if account is None else {"kid": account}
        header = {"alg": self.algorithm.name, "nonce": nonce, "url": url, **signer}
        protected, content = b64encode(json.dumps(header).encode()), b64encode(payload)
        signature = b64encode(self.algorithm.sign(self.jwk.key, protected + b"." + content))
        parts = {"protected": protected, "payload": content, "signature": signature}
        return json.dumps({name: part.decode() for name, part in parts.items()})


def read_key(key: AccountKey) -> SigningKey:
    """Read an account key: EC P-256 signs with ES256, RSA with RS256. Raises PermanentError for anything else."""
    try:
        private = load_pem_private_key(key.pem, password=None)
    except UNREADABLE:
        # Not chained: the reason quotes bytes of what may be a key.
        raise PermanentError(
            "cannot read the account key: its secret is not a private key in PEM without a password. "
            "Put the key back, or delete the secret to have a new account registered."
        ) from None
    match private:
        case ec.EllipticCurvePrivateKey(curve=ec.SECP256R1()):
            return SigningKey(JWKEC(key=ComparableECKey(private)), ES256)
        case rsa.RSAPrivateKey():
            return SigningKey(JWKRSA(key=ComparableRSAKey(private)), RS256)
    raise PermanentError(
        f"cannot sign with the account key, a {type(private).__name__}: EC P-256 and RSA are supported. "
        "Delete its secret to have a new account registered."
    )


def new_key() -> AccountKey:
    """Make an EC P-256 key."""
    private = ec.generate_private_key(ec.SECP256R1())
    return AccountKey(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
