"""Account keys: made, read, told apart, and signed with."""

from dataclasses import dataclass, field

from acme.jws import JWS
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from josepy.b64 import b64encode
from josepy.errors import DeserializationError
from josepy.json_util import decode_b64jose, encode_b64jose
from josepy.jwa import ES256, RS256, JWASignature
from josepy.jwk import JWK, JWKEC, JWKRSA
from josepy.util import ComparableECKey, ComparableRSAKey

from shared.domain.acme import AccountKey
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
        """Wrap a payload for `url` (RFC 8555, section 6.2): signed for `account`, or showing the key where None yet."""
        jws = JWS.sign(payload, key=self.jwk, alg=self.algorithm, nonce=decode_b64jose(nonce), url=url, kid=account)
        return str(jws.json_dumps())


def read_key(key: AccountKey) -> SigningKey:
    """Read an account key: EC P-256 signs with ES256, RSA with RS256. Raises PermanentError for anything else."""
    try:
        private = load_pem_private_key(key.pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
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


def can_be_signed(nonce: str) -> bool:
    """Say whether a nonce survives being read and written again as base64url, which signing does with it."""
    try:
        return encode_b64jose(decode_b64jose(nonce)) == nonce
    except DeserializationError:
        return False
