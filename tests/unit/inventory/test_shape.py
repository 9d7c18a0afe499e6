"""Each value has its shape: no unknown key, nothing missing, nothing that YAML takes for something else."""

import pytest

from tests.unit.inventory.inventories import RIGHT, assert_one_problem, edited, problems_of


@pytest.mark.parametrize(
    ("old", "new", "path", "says"),
    [
        ("issuer: ca", "issuer: ca\n    colour: blue", "certificates.mail.colour", "allowed: vault, issuer"),
        ("issuer: ca", "issuer: ca\n    name: post", "certificates.mail.name", "called by its key"),
        ("dns_names:", "dns_name:", "certificates.mail.dns_name", "did you mean dns_names?"),
        ("secret: tls", "secret: tls, ports: [25]", "relays.outer.serves[0].ports", "allowed: certificate, secret"),
        ("certificates:", "certificate:", "certificate", "did you mean certificates?"),
        ("clusters:", "cluster:", "cluster", "did you mean clusters?"),
        ("zones:", "zone:", "zone", "did you mean zones?"),
    ],
)
def test_an_unknown_key_is_a_problem(old: str, new: str, path: str, says: str) -> None:
    assert_one_problem((old, new), path, says)


@pytest.mark.parametrize(
    ("old", "new", "path", "says"),
    [
        ("vault: dev", "vault: yes", "certificates.mail.vault", 'in quotes: "yes"'),
        ("vault: dev", "vault: 2026-11-22", "certificates.mail.vault", "for a date"),
        ("vault: dev", "vault: [dev]", "certificates.mail.vault", "must be text, not a list"),
        ("vault: dev", "vault:", "certificates.mail.vault", "must be text; it is empty"),
        ("resource_group: dns", "resource_group: 12", 'zones."example.net".resource_group', 'in quotes: "12"'),
        ("dev/ca-account-key", "12", "issuers.ca.account_key", 'in quotes: "12"'),
        ("[mail.example.net]", "mail.example.net", "certificates.mail.dns_names", "must be a list"),
        ("[mail.example.net]", "[]", "certificates.mail.dns_names", "is empty"),
        ("{url: https://dev.vault.example.net}", "https://dev.vault.example.net", "vaults.dev", "must be a mapping"),
        ("[25, 587]", '["25", 587]', "relays.outer.ports[0]", "allowed is for example 8587/587"),
        ("[25, 587]", "[025, 587]", "relays.outer.ports[0]", "must be a whole number"),
        ("[25, 587]", "[yes, 587]", "relays.outer.ports[0]", "must be a whole number"),
        ("[25, 587]", "[0, 587]", "relays.outer.ports[0]", "at least 1"),
        ("[25, 587]", "[25, 65536]", "relays.outer.ports[1]", "at most 65535"),
        ("[25, 587]", "[25, 25]", "relays.outer.ports[1]", "listed twice"),
        ("issuer: ca", "issuer: ca\n    key: ec-265", "certificates.mail.key", "did you mean ec-256?"),
        ("issuer: ca", "issuer: ca\n    mode: watch", "certificates.mail.mode", "allowed: manage, observe"),
        ("[25, 587]", "[25]\n    reload: sometimes", "relays.outer.reload", "allowed: auto, restart, none"),
        ("[25, 587]", "[25]\n    files: {a: pem}", "relays.outer.files.a", "allowed: bundle, chain, key"),
        ("[25, 587]", "[25]\n    files: {}", "relays.outer.files", "is empty"),
    ],
)
def test_a_value_of_the_wrong_kind_is_a_problem(old: str, new: str, path: str, says: str) -> None:
    assert_one_problem((old, new), path, says)


def test_a_missing_key_is_reported_at_the_line_of_its_entry() -> None:
    [problem] = problems_of(edited(("    vault: dev\n", "")))
    assert (problem.path, problem.line) == ("certificates.mail.vault", 1 + RIGHT.splitlines().index("  mail:"))


def test_a_list_of_wrong_items_is_not_called_empty() -> None:
    [problem] = problems_of(edited(("[mail.example.net]", "[mail_in.example.net]")))
    assert problem.path == "certificates.mail.dns_names[0]"
