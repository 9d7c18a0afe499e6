"""A relay says how it is asked, how its files come about, and when it may be changed."""

import pytest

from shared.inventory import parse
from tests.unit.inventory.inventories import assert_one_problem, edited, problems_of

SERVES = "[{certificate: inside, secret: inner-tls}]"
WITHOUT = (SERVES, "[{certificate: inside}]")


@pytest.mark.parametrize(
    ("ports", "path", "says"),
    [
        ('["25"]', "relays.inner.ports[0]", "25 is not POD/SERVICE"),
        ("[8587:587]", "relays.inner.ports[0]", "is not POD/SERVICE"),
        ("[8587/587/25]", "relays.inner.ports[0]", "allowed is for example 8587/587"),
        ("[8587/0]", "relays.inner.ports[0]", "two ports from 1 to 65535"),
        ("[8587/65536]", "relays.inner.ports[0]", "two ports from 1 to 65535"),
        ("[25/25, 25/25]", "relays.inner.ports[1]", "listed twice"),
        ("[25, 25/587]", "relays.inner.ports[1]", "port 25 of the pods is listed already, as 25"),
        ("[8025/25, 8587/587, 8025/465]", "relays.inner.ports[2]", "listed already, as 8025/25"),
        ("25", "relays.inner.ports", "must be a list"),
    ],
)
def test_a_port_that_cannot_be_asked_is_a_problem(ports: str, path: str, says: str) -> None:
    assert_one_problem(("ports: [25]", f"ports: {ports}"), path, says)


def test_two_ports_of_the_pods_may_have_one_number_at_two_services() -> None:
    parse(edited(("ports: [25]", "ports: [8025/25, 9025/25]")))


@pytest.mark.parametrize(
    ("fields", "path", "says"),
    [
        (
            "public_endpoints: [{host: Relay.example.net, port: 25}]",
            "public_endpoints[0].host",
            "is neither a DNS name in lower case",
        ),
        ("public_endpoints: [{host: '*.example.net', port: 25}]", "public_endpoints[0].host", "nor an address"),
        ("public_endpoints: [{host: '[2001:db8::1]', port: 25}]", "public_endpoints[0].host", "2001:db8::1"),
        ("public_endpoints: [{host: 'relay.example.net:25', port: 25}]", "public_endpoints[0].host", "is neither"),
        ("public_endpoints: [{host: '', port: 25}]", "public_endpoints[0].host", "an empty text is neither"),
        (
            "public_endpoints: [{host: relay.example.net, port: 8025/25}]",
            "public_endpoints[0].port",
            "must be a whole number",
        ),
        ("public_endpoints: [{host: relay.example.net, port: 0}]", "public_endpoints[0].port", "at least 1"),
        (
            "public_endpoints: [{host: relay.example.net, port: 25, resolver: ns1}]",
            "public_endpoints[0].resolver",
            "address:port",
        ),
        (
            "public_endpoints: [{host: 10.0.0.1, port: 25, resolver: 10.0.0.2}]",
            "public_endpoints[0].resolver",
            "nothing to resolve",
        ),
        (
            "public_endpoints: [{host: relay.example.net, port: 25, resolvers: x}]",
            "public_endpoints[0].resolvers",
            "did you mean resolver?",
        ),
        ("helo: relaykeeper", "helo", "is not fully qualified; allowed is for example probe.example.net"),
        ("helo: '[192.0.2.1]'", "helo", "is not a DNS name"),
        ("helo: 192.0.2.1", "helo", "is an address"),
        ("helo: Probe.example.net", "helo", "must be in lower case"),
        ("helo: '*.example.net'", "helo", "wildcard"),
        ("timeout: 0", "timeout", "at least 1"),
        ("timeout: 121", "timeout", "at most 120"),
        ("timeout: 1.5", "timeout", "must be a whole number"),
        ("timeout: ", "timeout", "is empty; give it a value"),
        ("unauthenticated_sender: probe@example.net", "unauthenticated_sender", "pointless without refuses_unauthent"),
        ("refuses_unauthenticated: postmaster", "refuses_unauthenticated", "is not the address of a mailbox"),
        ("refuses_unauthenticated: ''", "refuses_unauthenticated", "an empty text is not the address of a mailbox"),
        ("refuses_unauthenticated: true", "refuses_unauthenticated", "must be text"),
        ("refuses_unauthenticated: ", "refuses_unauthenticated", "is empty; give it a value"),
        ("refuses_unauthenticated: '@example.org'", "refuses_unauthenticated", "is not the address of a mailbox"),
        ("refuses_unauthenticated: a@Example.org", "refuses_unauthenticated", "domain that must be in lower case"),
        ("refuses_unauthenticated: a@[192.0.2.1]", "refuses_unauthenticated", "domain that is not a DNS name"),
        ("refuses_unauthenticated: a@192.0.2.1", "refuses_unauthenticated", "domain that is an address"),
        ("refuses_unauthenticated: A <a@example.org>", "refuses_unauthenticated", "without a display name"),
        ("refuses_unauthenticated: a@example.org@x.net", "refuses_unauthenticated", "not the address of a mailbox"),
        ("refuses_unauthenticated: a..b@example.org", "refuses_unauthenticated", "is not the address of a mailbox"),
        (
            'refuses_unauthenticated: "a@example.org> SIZE=1"',
            "refuses_unauthenticated",
            "domain that is not a DNS name",
        ),
        ('refuses_unauthenticated: "a\\r\\nDATA@example.org"', "refuses_unauthenticated", "address of a mailbox"),
        ("refuse_unauthenticated: a@example.org", "refuse_unauthenticated", "did you mean refuses_unauthenticated?"),
        ("service: Relay", "service", "is not a Service's name"),
        ("service: 1relay", "service", "beginning with a letter"),
        ("service: mail/relay", "service", "is not a Service's name"),
        ("service: ''", "service", "an empty text is not a Service's name"),
        ("adopt: ''", "adopt", "is not a field manager"),
        ("adopt: [helm]", "adopt", "must be text, not a list"),
        ("adopt: relaykeeper/mail", "adopt", "a field manager of our own"),
        ("projection: -1", "projection", "at least 0"),
        ("projection: 3601", "projection", "at most 3600"),
        ("projection: 5m", "projection", "must be a whole number, not text"),
        ("projection: 1.5", "projection", "must be a whole number"),
        ("projection: ", "projection", "is empty; give it a value"),
        ("settle: 86401", "settle", "at most 86400"),
        ("settle: -1", "settle", "at least 0"),
        ("settle: ", "settle", "must be a whole number; it is empty"),
        ("window: Mon-Thu 09:00-16:00 London", "window", "did you mean Europe/London?"),
        ("window: mon 09:00-16:00 UTC", "window", "did you mean Mon?"),
        ("window: ", "window", "is empty; give it a value"),
        ("sync: csi", "sync", "allowed: secret, none"),
        ("snyc: none", "snyc", "did you mean sync?"),
    ],
)
def test_a_relay_that_cannot_work_is_a_problem(fields: str, path: str, says: str) -> None:
    assert_one_problem(("ports: [25]", f"ports: [25]\n    {fields}"), f"relays.inner.{path}", says)


@pytest.mark.parametrize(
    ("seconds", "key"), [(0, "projection"), (3600, "projection"), (0, "settle"), (86400, "settle")]
)
def test_waits_reach_to_their_bounds(seconds: int, key: str) -> None:
    parse(edited(("ports: [25]", f"ports: [25]\n    {key}: {seconds}")))


@pytest.mark.parametrize("local", ["postmaster", "a" * 64, "first.last+tag", "o'neil/x=y"])
def test_an_address_that_a_relay_refuses_may_be_any_that_a_command_takes(local: str) -> None:
    field = f'refuses_unauthenticated: "{local}@mail.example.org"'
    relay = parse(edited(("ports: [25]", f"ports: [25]\n    {field}"))).relays["inner"]
    assert relay.refuses_unauthenticated == f"{local}@mail.example.org"


@pytest.mark.parametrize("address", [f"{'a' * 65}@example.org", f"{'a' * 64}@{'b.' * 95}b"])
def test_an_address_that_no_command_has_room_for_is_a_problem(address: str) -> None:
    field = f"ports: [25]\n    refuses_unauthenticated: {address}"
    assert_one_problem(("ports: [25]", field), "relays.inner.refuses_unauthenticated", "at most 64 characters before")


def test_a_public_endpoint_has_a_port() -> None:
    [problem] = problems_of(edited(("ports: [25]", "ports: [25]\n    public_endpoints: [{host: relay.example.net}]")))
    assert (problem.path, problem.line) == ("relays.inner.public_endpoints[0].port", 29)
    assert "is missing" in problem.message


def test_a_secret_is_missing_where_we_write_it() -> None:
    [problem] = problems_of(edited(WITHOUT))
    assert (problem.path, problem.line) == ("relays.inner.serves[0].secret", 29)
    assert "is missing; name the Secret that we write its files into, or give the relay sync: none" in problem.message


def test_a_misspelt_secret_is_one_problem() -> None:
    assert_one_problem((SERVES, SERVES.replace("secret:", "secert:")), "relays.inner.serves[0].secert", "mean secret?")


def test_a_misspelt_sync_is_the_only_problem() -> None:
    [problem] = problems_of(edited(WITHOUT, ("ports: [25]", "ports: [25]\n    sycn: none")))
    assert problem.path == "relays.inner.sycn"


@pytest.mark.parametrize(
    ("fields", "path"), [("files: {tls.pem: bundle}", "files"), ("adopt: helm", "adopt"), ("files: {}", "files")]
)
def test_what_is_pointless_without_a_secret_is_a_problem(fields: str, path: str) -> None:
    text = edited(WITHOUT, ("ports: [25]", f"ports: [25]\n    sync: none\n    {fields}"))
    assert {problem.path for problem in problems_of(text)} == {f"relays.inner.{path}"}
    assert any("is pointless with sync: none" in problem.message for problem in problems_of(text))


def test_a_secret_is_superfluous_where_something_else_brings_the_files() -> None:
    [problem] = problems_of(edited(("ports: [25]", "ports: [25]\n    sync: none")))
    assert problem.path == "relays.inner.serves[0].secret"
    assert "is pointless with sync: none" in problem.message


def test_files_without_use_are_the_only_problem() -> None:
    text = edited(WITHOUT, ("ports: [25]", "ports: [25]\n    sync: none\n    files: {current: version}"))
    [problem] = problems_of(text)
    assert "is pointless with sync: none" in problem.message
    shared = edited(("secret: inside-tls", "secret: tls"), ("ports: [25, 587]", "ports: [25]\n    sync: none"))
    assert [problem.path for problem in problems_of(shared)] == [
        "relays.outer.serves[0].secret",
        "relays.outer.serves[1].secret",
    ]


def test_certificates_without_secrets_are_served_once_too() -> None:
    twice = (SERVES, "[{certificate: inside}, {certificate: inside}]")
    [problem] = problems_of(edited(twice, ("ports: [25]", "ports: [25]\n    sync: none")))
    assert problem.path == "relays.inner.serves[1].certificate"
    assert "inside is served already" in problem.message


def test_a_workload_has_one_relay_whatever_its_sync() -> None:
    twin = ("mail/deployment/inner", "mail/statefulset/relay")
    [problem] = problems_of(edited(WITHOUT, twin, ("ports: [25]", "ports: [25]\n    sync: none")))
    assert problem.path == "relays.inner.workload"


def test_all_problems_of_a_relay_are_reported_at_once() -> None:
    fields = [
        "sync: none",
        "adopt: helm",
        "settle: -1",
        "projection: 4000",
        "window: never",
        "service: A",
        "public_endpoints: [1]",
    ]
    text = edited(("ports: [25]", "\n    ".join(["ports: [25, 25/26]", *fields])))
    assert [(problem.line, problem.path) for problem in problems_of(text)] == [
        (28, "relays.inner.ports[1]"),
        (30, "relays.inner.adopt"),
        (31, "relays.inner.settle"),
        (32, "relays.inner.projection"),
        (33, "relays.inner.window"),
        (34, "relays.inner.service"),
        (35, "relays.inner.public_endpoints[0]"),
        (36, "relays.inner.serves[0].secret"),
    ]
