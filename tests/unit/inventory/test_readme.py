"""The inventory on the README's first screen is one that works, and changes nothing."""

import re
from pathlib import Path

from shared.inventory import parse

README = Path(__file__).parents[3] / "README.md"


def test_the_readmes_inventory_is_valid_and_only_observes() -> None:
    found = re.search(r"^```yaml\n(.*?)^```$", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found is not None
    inventory = parse(found[1])
    assert {certificate.mode for certificate in inventory.certificates.values()} == {"observe"}
    assert {relay.sync for relay in inventory.relays.values()} == {"none"}
    assert not inventory.clients
