"""A right inventory to make mistakes in."""

import pytest

from shared.errors import ConfigError, ConfigProblem
from shared.inventory import parse

RIGHT = """\
vaults:
  dev: {url: https://dev.vault.example.net}
issuers:
  ca: {directory: https://ca.example.net/dir, account_key: dev/ca-account-key}
zones:
  example.net: {subscription: 00000000-0000-0000-0000-000000000000, resource_group: dns}
clusters:
  c-00: {server: https://c-00.example.net, ca_file: c-00.pem}
  c-01: {server: https://c-01.example.net, ca_file: c-01.pem}
certificates:
  mail:
    vault: dev
    issuer: ca
    dns_names: [mail.example.net]
  inside:
    vault: dev
    issuer: self-signed
    dns_names: [mail.inside]
relays:
  outer:
    clusters: [c-00, c-01]
    workload: mail/statefulset/relay
    ports: [25, 587]
    serves: [{certificate: mail, secret: tls}, {certificate: inside, secret: inside-tls}]
  inner:
    clusters: [c-01]
    workload: mail/deployment/inner
    ports: [25]
    serves: [{certificate: inside, secret: inner-tls}]
"""

C_01 = "{server: https://c-01.example.net, ca_file: c-01.pem}"
"""How it enters the second cluster."""

FULL = """\
freeze: [{until: 2026-12-28T08:00:00Z, reason: Christmas}]
vaults:
  dev: {url: https://dev.vault.example.net}
issuers:
  ca: {directory: https://ca.example.net/dir, account_key: dev/ca-account-key, roots: ca.pem}
zones:
  example.net:
    subscription: 00000000-0000-0000-0000-000000000000
    resource_group: dns
    name_servers: [10.0.0.1]
    resolvers: ["10.0.0.2:5353"]
    delegated_from: [example.org]
clusters:
  c-00:
    kubeconfig: dev/c-00-kubeconfig
    asleep: 20:00-06:30 Europe/London
    suspended: {until: "2026-12-24 18:00+01:00", reason: rebuilt}
    freeze: [{until: 2026-12-25T00:00Z, reason: the node pool is replaced}]
  c-01: {server: https://c-01.example.net, ca_file: c-01.pem}
certificates:
  mail:
    vault: dev
    issuer: ca
    dns_names: [mail.example.net, smtp.example.org]
    key: rsa-2048
    uses: [server, client]
    mode: observe
    takeover: acmebot
relays:
  outer:
    clusters: [c-00, c-01]
    workload: mail/statefulset/relay
    ports: [25, 8587/587, 8465/465]
    serves: [{certificate: mail, secret: tls}]
    files: {"{host}.{version}.pem": bundle, "{host}.current": version}
    reload: restart
    projection: 60
    settle: 900
    window: Mon-Thu 09:00-16:00 Europe/London
    freeze: [{until: 2026-12-26T00:00Z, reason: it moves}, {until: 2027-01-02T00:00Z, reason: end of year}]
    adopt: kustomize-controller
    service: relay-internal
    public_endpoints: [{host: relay.example.net, port: 25, resolver: 10.0.0.3}, {host: 2001:db8::1, port: 465}]
    refuses_unauthenticated: postmaster@example.org
    clients: {secret: relay-clients, content: password}
    probe_client: outer-probe
    login_interval: 30
  inner:
    clusters: [c-01]
    workload: mail/deployment/inner
    ports: [25]
    serves: [{certificate: mail}]
    sync: none
    clients:
      sync: none
      lists: [{path: apps/inner/dev.yaml, keys: [spec, values, users]}]
      vault: dev
      from: {secretproviderclass: inner-clients, ignore: [relayhost]}
clients:
  pcol-dev:
    user: pcol
    vault: dev
    secret: pcol
    relays: [outer, inner]
    owner: {team: Possession claims, route: people}
    mode: manage
    max_age: 90
  jobs: {vault: dev, relays: [inner]}
  outer-probe: {vault: dev, relays: [outer], mode: manage}
alerts:
  routes:
    c-00: {kind: alertmanager, urls: [dev/alertmanager-0, dev/alertmanager-1], match: {cluster: c-00}}
    people: {kind: slack, urls: [dev/slack], match: {severity: critical}}
    pager: {kind: webhook, urls: [dev/pager], signing_key: dev/pager-key}
  heartbeat: {ping: dev/heartbeat, routes: [c-00]}
  reminder: 43200
  runbook: https://example.net/runbook.md
  unmanaged: {dev: {names: ["relay-*"], tags: {team: mail}}}
"""
"""A right inventory in which every key has its place."""


def edited(*edits: tuple[str, str]) -> str:
    """The right inventory with the first `old` of each edit, which must be there, become `new`."""
    text = RIGHT
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def problems_of(text: str) -> tuple[ConfigProblem, ...]:
    """What parse() finds wrong."""
    with pytest.raises(ConfigError) as refused:
        parse(text)
    return refused.value.problems


def assert_one_problem(edit: tuple[str, str], path: str, says: str) -> None:
    """Assert that this edit of the right inventory gives one problem, at its path and line, with this advice."""
    [problem] = problems_of(edited(edit))
    assert problem.path == path
    assert says in problem.message
    assert problem.line is not None
    key = path.rpartition(".")[2] if not path.endswith('"') else path.split('"')[-2]
    assert key.partition("[")[0] in edited(edit).splitlines()[problem.line - 1]
