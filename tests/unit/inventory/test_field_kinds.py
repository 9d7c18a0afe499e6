"""Each field is classified, and no address can be changed, added or moved unseen."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from shared.inventory import Inventory, parse
from shared.inventory.field_kinds import KINDS, foreign_addresses


def models(kind: type[BaseModel], found: set[type[BaseModel]] | None = None) -> set[type[BaseModel]]:
    """Return every model that a field of the inventory can hold."""
    found = set() if found is None else found
    found.add(kind)
    for field in kind.model_fields.values():
        for each in named_in(field.annotation):
            if each not in found:
                models(each, found)
    return found


def named_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    inner = [*getattr(annotation, "__args__", ()), getattr(annotation, "__origin__", None)]
    return [found for each in inner if each is not None and each is not annotation for found in named_in(each)]


def test_each_field_of_each_model_is_classified() -> None:
    assert {kind: set(fields) for kind, fields in KINDS.items()} == {
        kind: set(kind.model_fields) for kind in models(Inventory)
    }


def test_a_part_is_a_model_and_nothing_else_is() -> None:
    for kind, fields in KINDS.items():
        for name, own in fields.items():
            assert (own == "part") == bool(named_in(kind.model_fields[name].annotation)), f"{kind.__name__}.{name}"


EXAMPLE = Path(__file__).parents[3] / "inventory.example.yaml"
DEPLOYED = EXAMPLE.read_text(encoding="utf-8")
ENDPOINT = {"host": "mail.example.net", "port": 25}


def changed(path: str, value: object) -> str:
    """Return the example's text with another value at a path; `+` at its end appends to a list."""
    document: Any = yaml.safe_load(DEPLOYED)
    *steps, last = path.split("/")
    place = document
    for step in steps:
        place = place.setdefault(step, {})
    if last.endswith("+"):
        place.setdefault(last[:-1], []).append(value)
    else:
        place[last] = value
    return yaml.safe_dump(document)


def foreign(text: str, deployed: str = DEPLOYED) -> set[str]:
    return {each.path for each in foreign_addresses(parse(text), parse(deployed))}


@pytest.mark.parametrize(
    ("path", "value", "refused"),
    [
        ("vaults/dev/url", "https://attacker.vault.azure.net", {"vaults.dev.url"}),
        ("vaults/new", {"url": "https://other.vault.azure.net"}, {"vaults.new.url"}),
        ("issuers/letsencrypt/directory", "https://ca.example.net/dir", {"issuers.letsencrypt.directory"}),
        ("issuers/letsencrypt/account_key", "dev/incidents-webhook", {"issuers.letsencrypt.account_key"}),
        ("issuers/letsencrypt/roots", "/etc/passwd", {"issuers.letsencrypt.roots"}),
        ("zones/platform.hmcts.net/resource_group", "theirs", {"zones.platform.hmcts.net.resource_group"}),
        (
            "zones/platform.hmcts.net/subscription",
            "00000000-0000-0000-0000-000000000009",
            {"zones.platform.hmcts.net.subscription"},
        ),
        ("zones/platform.hmcts.net/resolvers", ["10.0.0.1"], {"zones.platform.hmcts.net.resolvers"}),
        ("zones/platform.hmcts.net/name_servers", ["10.0.0.1"], {"zones.platform.hmcts.net.name_servers"}),
        ("clusters/ss-dev-00/server", "https://attacker.example.net", {"clusters.ss-dev-00.server"}),
        ("clusters/ss-dev-00/ca_file", "theirs.pem", {"clusters.ss-dev-00.ca_file"}),
        ("clusters/ss-dev-00", {"kubeconfig": "dev/theirs"}, {"clusters.ss-dev-00.kubeconfig"}),
        ("relays/dev/public_endpoints+", ENDPOINT, {"relays.dev.public_endpoints"}),
        ("alerts/routes/mail-team/urls", ["prod/other"], {"alerts.routes.mail-team.urls"}),
        (
            "alerts/routes/new",
            {"kind": "slack", "urls": ["prod/slack-mail-team"]},
            {"alerts.routes.new.urls"},
        ),
        ("alerts/routes/incidents/signing_key", "prod/other", {"alerts.routes.incidents.signing_key"}),
        ("alerts/heartbeat/ping", "prod/other", {"alerts.heartbeat.ping"}),
    ],
)
def test_an_address_that_is_not_deployed_is_named(path: str, value: object, refused: set[str]) -> None:
    assert foreign(changed(path, value)) == refused


@pytest.mark.parametrize("field", [{"host": "other.example.net"}, {"port": 26}, {"resolver": "10.0.0.1"}])
def test_each_part_of_a_public_endpoint_counts(field: dict[str, object]) -> None:
    deployed = changed("relays/dev/public_endpoints+", ENDPOINT)
    assert foreign(deployed, deployed) == set()
    assert foreign(changed("relays/dev/public_endpoints+", {**ENDPOINT, **field}), deployed) != set()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("certificates/prod-mailrelay-platform-hmcts-net/dns_names+", "smtp.mailrelay.platform.hmcts.net"),
        ("certificates/prod-mailrelay-platform-hmcts-net/mode", "observe"),
        ("relays/prod/window", "Mon-Thu 09:00-16:00 Europe/London"),
        ("relays/prod/workload", "other/statefulset/other"),
        ("clients/new", {"vault": "dev", "relays": ["dev"]}),
        ("clusters/ss-dev-00/asleep", "20:00-06:30 Europe/London"),
        ("freeze", [{"until": "2026-12-01T00:00:00Z", "reason": "holidays"}]),
        ("alerts/routes/mail-team/match", {"severity": "critical"}),
    ],
)
def test_a_wish_or_a_source_may_differ(path: str, value: object) -> None:
    assert foreign(changed(path, value)) == set()


def test_what_was_taken_away_is_no_address() -> None:
    document = yaml.safe_load(DEPLOYED)
    del document["alerts"]["routes"]["incidents"]
    assert foreign(yaml.safe_dump(document)) == set()


def test_an_address_of_one_is_not_one_of_another() -> None:
    dev, prod = "https://ss-dev-00.hcp.uksouth.azmk8s.io", "https://ss-prod-00.hcp.uksouth.azmk8s.io"
    swapped = DEPLOYED.replace(dev, "X").replace(prod, dev).replace("X", prod)
    assert foreign(swapped) == {"clusters.ss-dev-00.server", "clusters.ss-prod-00.server"}
