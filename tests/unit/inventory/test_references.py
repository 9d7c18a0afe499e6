"""References lead somewhere, nothing is claimed twice, and one look finds every problem."""

import pytest

from shared.inventory import parse
from tests.unit.inventory.inventories import C_01, RIGHT, assert_one_problem, edited, problems_of

SELF_SIGNED = "  self-signed: {directory: https://ca.example.net/dir, account_key: dev/key}\n"


def test_the_right_inventory_has_no_problem() -> None:
    parse(RIGHT)


@pytest.mark.parametrize(
    ("old", "new", "path", "says"),
    [
        ("vault: dev", "vault: deb", "certificates.mail.vault", "no vault is called deb; did you mean dev?"),
        ("issuer: ca", "issuer: cab", "certificates.mail.issuer", "Allowed: self-signed, ca"),
        ("dev/ca-account-key", "deb/ca-account-key", "issuers.ca.account_key", "did you mean dev?"),
        (C_01, "{kubeconfig: deb/c-01}", "clusters.c-01.kubeconfig", "did you mean dev?"),
        ("[c-00, c-01]", "[c-00, d-07]", "relays.outer.clusters[1]", "no cluster is called d-07"),
        ("certificate: mail", "certificate: male", "relays.outer.serves[0].certificate", "did you mean mail?"),
    ],
)
def test_a_dangling_reference_is_a_problem(old: str, new: str, path: str, says: str) -> None:
    assert_one_problem((old, new), path, says)


@pytest.mark.parametrize(
    ("old", "new", "path", "says"),
    [
        ("  ca:", f"{SELF_SIGNED}  ca:", "issuers.self-signed", "is built in"),
        ("dev/ca-account-key", "dev/MAIL", "issuers.ca.account_key", "where certificate mail keeps its own key"),
        (C_01, "{kubeconfig: dev/Mail}", "clusters.c-01.kubeconfig", "where certificate mail keeps its own key"),
        ("[c-00, c-01]", "[c-00, c-00]", "relays.outer.clusters[1]", "listed twice"),
        ("https://c-01.", "https://C-00.", "clusters.c-01.server", "c-00 has this server already"),
        (
            "resource_group: dns",
            "resource_group: dns, delegated_from: [example.net]",
            'zones."example.net".delegated_from[0]',
            "covered already",
        ),
    ],
)
def test_what_is_claimed_twice_is_a_problem(old: str, new: str, path: str, says: str) -> None:
    assert_one_problem((old, new), path, says)


def test_ten_mistakes_of_ten_kinds_give_ten_problems_in_the_order_of_their_lines() -> None:
    text = edited(
        ("https://dev.vault", "http://dev.vault"),
        ("account_key: dev/", "account_key: prod/"),
        ("resource_group: dns", "resource_group: dns, colour: blue"),
        ("ca_file: c-01.pem}", "ca_file: c-01.pem, server: https://again.example.net}"),
        ("  mail:\n", "  mail.example.net:\n"),
        ("certificate: mail,", "certificate: mail.example.net,"),
        ("issuer: ca\n", "issuer: ca\n    key: rsa-1024\n"),
        ("[mail.example.net]", "[mail.example.org]"),
        ("    dns_names: [mail.inside]\n", ""),
        ("[25, 587]", "[25, 99999]"),
        ("secret: inside-tls", "secret: Inside_TLS"),
    )
    assert [(problem.line, problem.path) for problem in problems_of(text)] == [
        (2, "vaults.dev.url"),
        (4, "issuers.ca.account_key"),
        (6, 'zones."example.net".colour'),
        (9, "clusters.c-01.server"),
        (11, 'certificates."mail.example.net"'),
        (14, 'certificates."mail.example.net".key'),
        (15, 'certificates."mail.example.net".dns_names[0]'),
        (16, "certificates.inside.dns_names"),
        (23, "relays.outer.ports[1]"),
        (24, "relays.outer.serves[1].secret"),
    ]
