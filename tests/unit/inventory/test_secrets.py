"""Each file of a Secret has one writer, and each certificate that is served is found in at least one."""

import pytest

from shared.inventory import parse
from shared.inventory.relays import files_of
from tests.unit.inventory.inventories import edited, problems_of

SHARED = ("secret: inside-tls", "secret: tls")


def files(*templates: str) -> tuple[str, str]:
    written = ", ".join(f'"{template}": bundle' for template in templates)
    return "    ports: [25, 587]\n", f"    ports: [25, 587]\n    files: {{{written}}}\n"


def test_a_template_with_host_gives_a_file_per_dns_name() -> None:
    names = ("[mail.example.net]", "[mail.example.net, smtp.example.net]")
    inventory = parse(edited(files("{host}.pem", "default.pem"), SHARED, names))
    relay = inventory.relays["outer"]
    assert files_of(relay, relay.serves[0], inventory.certificates["mail"].dns_names, "v1") == {
        "mail.example.net.pem": "bundle",
        "smtp.example.net.pem": "bundle",
        "default.pem": "bundle",
    }
    assert files_of(relay, relay.serves[1], inventory.certificates["inside"].dns_names, "v1") == {
        "mail.inside.pem": "bundle"
    }


def test_a_certificate_with_a_secret_of_its_own_is_the_first_there() -> None:
    inventory = parse(edited())
    relay = inventory.relays["outer"]
    assert files_of(relay, relay.serves[1], inventory.certificates["inside"].dns_names, "v1") == {
        "tls.crt": "chain",
        "tls.key": "key",
    }


@pytest.mark.parametrize(
    ("edits", "path", "says"),
    [
        ((SHARED,), "relays.outer.serves[1].secret", "inside would be in no file of Secret tls"),
        (
            (SHARED, files("{host}.pem"), ("[mail.inside]", "[mail.example.net]")),
            "relays.outer.serves[1].secret",
            "inside writes mail.example.net.pem into Secret tls, and mail writes it too",
        ),
        ((files("{host}.pem", "mail.example.net.pem"),), "relays.outer.serves[0].secret", "two templates give it"),
        (
            (files("{host}.pem"), ("[mail.example.net]", '["*.example.net", mail.example.net]')),
            "relays.outer.serves[0].certificate",
            "a Secret's keys hold no *",
        ),
        (
            (("certificate: inside", "certificate: mail"),),
            "relays.outer.serves[1].certificate",
            "a relay lists each certificate once",
        ),
        (
            (SHARED, ("certificate: inside", "certificate: mail")),
            "relays.outer.serves[1].certificate",
            "a relay lists each certificate once",
        ),
        (
            (("inner-tls", "inside-tls"),),
            "relays.inner.serves[0].secret",
            "relay outer writes tls.crt into Secret mail/inside-tls in c-01 already",
        ),
        (
            (("mail/deployment/inner", "mail/statefulset/relay"),),
            "relays.inner.workload",
            "relay outer has mail/statefulset/relay in the same cluster",
        ),
    ],
)
def test_a_file_has_one_writer(edits: tuple[tuple[str, str], ...], path: str, says: str) -> None:
    [problem] = problems_of(edited(*edits))
    assert problem.path == path
    assert says in problem.message


@pytest.mark.parametrize(
    ("named", "path", "says"),
    [
        (
            "{'{version}.current': version, '{host}.pem': bundle}",
            'relays.outer.files."{version}.current"',
            "leave {version} out",
        ),
        ("{'{host}.current': version}", "relays.outer.files", "hold no certificate"),
        ("{current: version, version: version}", "relays.outer.files", "hold no certificate"),
        ("{'{vers}.pem': bundle}", 'relays.outer.files."{vers}.pem"', "the placeholders are {host} and {version}"),
        (f"{{'{'a' * 222}{{version}}': bundle}}", f"relays.outer.files.{'a' * 222}{{version}}", "at most 253"),
    ],
)
def test_the_files_of_a_version_can_be_written_and_found(named: str, path: str, says: str) -> None:
    [problem] = problems_of(edited(("    ports: [25, 587]\n", f"    ports: [25, 587]\n    files: {named}\n")))
    assert problem.path == path
    assert says in problem.message


def test_a_name_that_grows_too_long_by_its_host_is_a_problem() -> None:
    host = ".".join(["a" * 60] * 3) + ".example.net"
    names = ("[mail.example.net]", f"[mail.example.net, {host}]")
    parse(edited(files(f"{{host}}.{{version}}.{'x' * 21}.pem"), names))
    [problem] = problems_of(edited(files(f"{{host}}.{{version}}.{'x' * 22}.pem"), names))
    assert problem.path == "relays.outer.serves[0].certificate"
    assert "would have a name of 254 characters; a Secret takes 253" in problem.message


def test_versions_of_two_templates_do_not_write_over_each_other() -> None:
    [problem] = problems_of(edited(files("{host}.{version}.pem", "mail.example.net.{version}.pem")))
    assert "two templates give it" in problem.message


def test_a_certificate_is_found_in_more_than_the_name_of_its_version() -> None:
    held = "    files: {default.pem: bundle, '{host}.current': version}\n"
    [problem] = problems_of(edited(SHARED, ("    ports: [25, 587]\n", f"    ports: [25, 587]\n{held}")))
    assert problem.path == "relays.outer.serves[1].secret"
    assert "inside would be in no file of Secret tls" in problem.message


def test_the_same_secret_in_another_cluster_or_namespace_is_another_secret() -> None:
    parse(edited(("inner-tls", "inside-tls"), ("[c-00, c-01]", "[c-00]")))
    parse(edited(("inner-tls", "inside-tls"), ("mail/deployment/inner", "post/deployment/inner")))


def test_a_wildcard_is_served_where_no_file_name_holds_it() -> None:
    parse(edited(("[mail.example.net]", '["*.example.net"]')))


def test_one_mistake_in_a_template_or_a_wildcard_brings_no_others() -> None:
    assert len(problems_of(edited(SHARED, files("{hots}.pem", "default.pem")))) == 1
    wildcards = [("[mail.example.net]", '["*.example.net"]'), ("[mail.inside]", '["*.example.net"]')]
    paths = [problem.path for problem in problems_of(edited(SHARED, files("{host}.pem"), *wildcards))]
    assert paths == ["relays.outer.serves[0].certificate", "relays.outer.serves[1].certificate"]
