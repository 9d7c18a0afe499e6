"""Names that DNS, Key Vault, Kubernetes or Azure would refuse are found before any of them is asked."""

import pytest

from shared.inventory import parse
from tests.unit.inventory.inventories import assert_one_problem, edited, problems_of

LONG = "a" * 60 + ".example.net"
MANY = ", ".join(f"m{number}.example.net" for number in range(101))
ENTRY = "{vault: dev, issuer: self-signed, dns_names: [mail.inside]}"
ZONE = "{subscription: 00000000-0000-0000-0000-000000000000, resource_group: dns}"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Mail.example.net", "write mail.example.net"),
        ("mail.example.net.", "write mail.example.net"),
        ("post.münchen.example.net", "write its A-label form: post.xn--mnchen-3ya.example.net"),
        ('"*.münchen.example.net"', "write its A-label form: *.xn--mnchen-3ya.example.net"),
        ("☃☃-.example.net", "is not a valid internationalised name"),
        ("xn--a.example.net", "not a valid A-label"),
        ("mail_in.example.net", "is not a DNS name"),
        (f"{'a' * 64}.example.net", "at most 63 characters each"),
        ("10.0.0.1", "is an address"),
        ("a.*.example.net", "allowed is for example *.example.net"),
        ("mail.example.org", "no zone covers mail.example.org"),
    ],
)
def test_a_dns_name_that_cannot_be_issued_is_a_problem(name: str, says: str) -> None:
    assert_one_problem(("[mail.example.net]", f"[{name}]"), "certificates.mail.dns_names[0]", says)


@pytest.mark.parametrize(
    ("names", "says"), [(LONG, "one that fits into it"), (MANY, "has 101 names; an ACME authority takes at most 100")]
)
def test_the_limits_of_a_certificate_are_kept(names: str, says: str) -> None:
    assert_one_problem(("[mail.example.net]", f"[{names}]"), "certificates.mail.dns_names", says)


def test_one_name_that_fits_into_the_cn_is_enough() -> None:
    parse(edited(("[mail.example.net]", f"[{LONG}, {'a' * 52}.example.net]")))


def test_self_signed_names_need_no_zone_and_may_be_many() -> None:
    parse(edited(("issuer: ca", "issuer: self-signed"), ("[mail.example.net]", f"['*.inside', {MANY}]")))


@pytest.mark.parametrize(
    ("old", "new", "path", "says"),
    [
        (
            "  mail:",
            f"  mail.example.net: {ENTRY}\n  mail:",
            'certificates."mail.example.net"',
            "letters, digits and dashes, no dots, at most 127 characters; write mail-example-net",
        ),
        ("  mail:", f"  {'m' * 128}: {ENTRY}\n  mail:", f"certificates.{'m' * 128}", "at most 127 characters"),
        ("  inside:", f"  Mail: {ENTRY}\n  inside:", "certificates.Mail", "in case only"),
        ("  example.net:", f"  '*.example.net': {ZONE}\n  example.net:", 'zones."*.example.net"', "holds a wildcard"),
        ("  inner:", "  in/ner:", "relays.in/ner", "lower-case letters, digits and dashes"),
        ("resource_group: dns", "resource_group: dns.", 'zones."example.net".resource_group', "not ending with a dot"),
        ("00000000-0000", "0000", 'zones."example.net".subscription', "is not a subscription's identifier"),
        ("secret: tls", "secret: relay_tls", "relays.outer.serves[0].secret", "is not a Kubernetes name"),
        ("mail/statefulset/relay", "mail/daemonset/relay", "relays.outer.workload", "namespace/deployment/name"),
        ("mail/statefulset/relay", "mail.x/statefulset/relay", "relays.outer.workload", "lower-case letters"),
        (
            "[25, 587]",
            "[25]\n    files: {a/b: key}",
            "relays.outer.files.a/b",
            "the placeholders are {host} and {version}",
        ),
        (
            "[25, 587]",
            "[25]\n    files: {'{x}': key}",
            "relays.outer.files.{x}",
            "the placeholders are {host} and {version}",
        ),
        ("[25, 587]", "[25]\n    files: {..x: key}", 'relays.outer.files."..x"', "not beginning with two dots"),
    ],
)
def test_a_name_that_would_be_refused_is_a_problem(old: str, new: str, path: str, says: str) -> None:
    assert_one_problem((old, new), path, says)


@pytest.mark.parametrize("names", ["[mail.example.net]", "['*.mail.example.net', mail.example.net]"])
def test_a_challenge_s_name_may_be_a_zone_and_covers_its_name_and_the_wildcard(names: str) -> None:
    inventory = parse(edited(("  example.net:", "  _acme-challenge.mail.example.net:"), ("[mail.example.net]", names)))
    assert list(inventory.zones) == ["_acme-challenge.mail.example.net"]


def test_a_challenge_s_name_may_be_delegated_into_a_zone() -> None:
    delegated = "resource_group: dns, delegated_from: [_acme-challenge.mail.example.org]"
    edits = (("resource_group: dns", delegated), ("[mail.example.net]", "[mail.example.org, '*.mail.example.org']"))
    assert parse(edited(*edits)).zones["example.net"].delegated_from == ("_acme-challenge.mail.example.org",)


@pytest.mark.parametrize("name", ["sub.mail.example.net", "example.net", "'*.example.net'"])
def test_a_challenge_s_zone_covers_no_other_name(name: str) -> None:
    zone = ("  example.net:", "  _acme-challenge.mail.example.net:")
    [problem] = problems_of(edited(zone, ("[mail.example.net]", f"[{name}]")))
    assert problem.message.startswith("no zone covers")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("_dmarc.example.net", "an underscore, which is allowed only in _acme-challenge.NAME"),
        ("mail._acme-challenge.example.net", "an underscore, which is allowed only in _acme-challenge.NAME"),
        ("_acme-challenge", "an underscore, which is allowed only in _acme-challenge.NAME"),
        ("_acme-challenge._acme-challenge.example.net", "an underscore, which is allowed only in"),
        ("_acme_challenge.example.net", "an underscore, which is allowed only in _acme-challenge.NAME"),
        ("_Acme-Challenge.example.net", "in lower case and without a final dot; write _acme-challenge.example.net"),
        ("_acme-challenge.example.net.", "in lower case and without a final dot; write _acme-challenge.example.net"),
        ("_acme-challenge.*.example.net", "covers *.NAME too, so write _acme-challenge.example.net"),
        ("_acme-challenge.10.0.0.1", "is an address"),
        ("_acme-challenge." + ".".join(["x" * 60] * 4), "is longer than a DNS name may be"),
    ],
)
@pytest.mark.parametrize("where", ["zone", "delegated_from"])
def test_an_underscore_is_refused_anywhere_else(name: str, says: str, where: str) -> None:
    if where == "zone":
        edit, path = ("  example.net:", f'  "{name}": {ZONE}\n  example.net:'), "zones."
    else:
        edit = ("resource_group: dns", f'resource_group: dns, delegated_from: ["{name}"]')
        path = 'zones."example.net".delegated_from[0]'
    [problem] = problems_of(edited(edit))
    assert problem.path.startswith(path)
    assert says in problem.message


def test_a_challenge_s_name_is_no_name_for_a_certificate_or_a_host() -> None:
    edit = ("[mail.example.net]", "[_acme-challenge.mail.example.net]")
    assert_one_problem(edit, "certificates.mail.dns_names[0]", "is not a DNS name of a host")


@pytest.mark.parametrize(
    "server", ["ns1.example.net", "'::1'", "10.0.0.1:0", "10.0.0.1:65536", "10.0.0.256", "'[1.2.3.4]'"]
)
def test_a_name_server_is_an_address_with_or_without_a_port(server: str) -> None:
    edit = ("resource_group: dns", f"resource_group: dns, name_servers: [{server}]")
    assert_one_problem(edit, 'zones."example.net".name_servers[0]', "10.0.0.1:53 and [2001:db8::1]:53")


@pytest.mark.parametrize(
    "url", ["http://dev.example.net", "https://", "https://dev.example.net?x", "https://dev:x", "dev"]
)
def test_only_https_urls_are_taken(url: str) -> None:
    [problem] = problems_of(edited(("https://c-01.example.net", url)))
    assert (problem.path, "must begin with https://" in problem.message) == ("clusters.c-01.server", True)


def test_a_vault_url_has_no_path() -> None:
    edit = ("https://dev.vault.example.net", "https://dev.vault.example.net/secrets")
    assert_one_problem(edit, "vaults.dev.url", "has a path")


def test_a_key_pasted_in_place_of_its_name_is_not_repeated() -> None:
    [problem] = problems_of(edited(("dev/ca-account-key", "MHcCAQEEIB/nothing/secret+here==")))
    assert "MHcC" not in str(problem)


def test_a_password_in_a_url_is_not_repeated() -> None:
    [problem] = problems_of(edited(("https://c-01.", "https://me:hunter2@c-01.")))
    assert "hunter2" not in str(problem)
