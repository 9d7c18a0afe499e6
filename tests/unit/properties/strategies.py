"""What may be met: certificates wanted and stored, moments, chains; and how thoroughly to look."""

from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st

from shared.domain.certificates.certificate import Leaf, StoredVersion, Thumbprint
from shared.domain.certificates.vault_tags import ISSUER_TAG, our_tags
from shared.domain.object_ref import Version
from shared.inventory.relays import Certificate
from tests.fakes.inventory import HOST, NOW, certificate

SAME_EACH_TIME = settings(derandomize=True, deadline=None, database=None, max_examples=40)
"""The same examples in every run: a red test is red again tomorrow."""

HOUR = timedelta(hours=1)
YEARS = timedelta(days=800)
NAMES = (HOST, "smtp.mail.example.net", "relay.mail.example.net")
KEYS = ("ec-256", "rsa-2048")

lifetimes = st.timedeltas(min_value=HOUR, max_value=YEARS)
moments = st.timedeltas(min_value=-YEARS, max_value=YEARS).map(lambda distance: NOW + distance)
name_sets = st.sets(st.sampled_from(NAMES), min_size=1)

CERTIFICATES = [
    certificate(dns_names=list(names), key=key, issuer=issuer)
    for names in (NAMES[:1], NAMES[:2], NAMES[1:], NAMES)
    for key in KEYS
    for issuer in ("letsencrypt", "self-signed")
]
certificates = st.sampled_from(CERTIFICATES)

leaves = st.builds(
    lambda names, key, begins, lifetime: Leaf(Thumbprint("a1" * 32), frozenset(names), key, begins, begins + lifetime),
    name_sets,
    st.sampled_from((*KEYS, "Ed25519PublicKey")),
    moments,
    lifetimes,
)
tags = st.sampled_from([{}, {ISSUER_TAG: "letsencrypt"}, {ISSUER_TAG: "self-signed"}, {"Acmebot": "v4"}])
versions = st.builds(StoredVersion, st.just(Version("v1")), leaves, tags)


fractions = st.sampled_from([0.0, 0.1, 0.49, 0.51, 0.66, 0.67, 0.99, 1.0, 1.5])
"""Of a lifetime: around each moment that matters."""


def as_wanted(certificate: Certificate, begins: datetime, lifetime: timedelta) -> StoredVersion:
    """Return the version that an issuance for this very certificate stores."""
    leaf = Leaf(Thumbprint("b2" * 32), frozenset(certificate.dns_names), certificate.key, begins, begins + lifetime)
    return StoredVersion(Version("v2"), leaf, our_tags(certificate))


@st.composite
def certificates_and_versions(draw: st.DrawFn) -> tuple[Certificate, StoredVersion | None]:
    """A certificate, and in the vault nothing, any version, or the one that was wanted."""
    certificate = draw(certificates)
    return certificate, draw(st.none() | versions | st.builds(as_wanted, st.just(certificate), moments, lifetimes))
