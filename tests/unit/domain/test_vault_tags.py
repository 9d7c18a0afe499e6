"""Other tools' certificates are refused by name."""

import pytest

from shared.domain.certificates.vault_tags import our_tags, ownership_refusal
from tests.fakes.inventory import certificate
from tests.fakes.leaves import stored


@pytest.mark.parametrize("tags", [{"Acmebot": "v4"}, {"Issuer": "Acmebot"}])
def test_a_certificate_marked_by_acmebot_is_refused_unless_the_inventory_says_takeover(
    tags: dict[str, str],
) -> None:
    refused = ownership_refusal(certificate(), stored(tags=tags))

    assert refused is not None
    assert "Acmebot" in refused
    assert "takeover: acmebot" in refused
    assert ownership_refusal(certificate(takeover="acmebot"), stored(tags=tags)) is None


@pytest.mark.parametrize("tags", [{}, {"Issuer": "DigiCert"}, {"team": "mail"}])
def test_other_tags_are_nobody_s_mark(tags: dict[str, str]) -> None:
    assert ownership_refusal(certificate(), stored(tags=tags)) is None


def test_a_new_version_bears_our_mark_and_no_other() -> None:
    assert our_tags(certificate()) == {"relaykeeper-issuer": "letsencrypt"}
