"""The YAML document -> Inventory, or every problem in it."""

from shared.errors import ConfigError, Problem
from shared.inventory import (
    collisions,
    contents,
    coverage,
    entering,
    listening,
    references,
    secrets,
    syncing,
    telling,
)
from shared.inventory.document import Document, read
from shared.inventory.model import Inventory
from shared.inventory.raw import Finding
from shared.inventory.shape import shaped

_CROSS_CHECKS = (
    references.dangling,
    references.built_in,
    collisions.repeated,
    collisions.same_address,
    collisions.same_vault_object,
    coverage.too_many_or_too_long,
    coverage.uncovered,
    coverage.ambiguous,
    entering.ways_in,
    listening.same_pod_port,
    listening.idle_resolvers,
    listening.sender_without_recipient,
    syncing.served_twice,
    syncing.with_secret,
    contents.unfindable,
    secrets.unwritable,
    secrets.shared_by_relays,
    telling.unknown_routes,
    telling.unmatched,
    telling.unsigned,
    telling.crowded,
    telling.unheard,
)


def parse(text: str) -> Inventory:
    """The inventory that `text` describes; raises ConfigError with every problem in it, in the order of its lines.

    Files that it names (`ca_file`, `roots`) stay as they are written: relative to the inventory's own file.
    """
    document = read(text)
    inventory = shaped(document.tree)
    findings = [finding for check in _CROSS_CHECKS for finding in check(document.tree)]
    if isinstance(inventory, Inventory) and not findings and not document.problems:
        return inventory
    misshapen = [] if isinstance(inventory, Inventory) else inventory
    raise ConfigError(_sorted(document, misshapen + findings))


def _sorted(document: Document, findings: list[Finding]) -> list[Problem]:
    """Every problem by line. What the document itself has wrong at a place goes before what follows from it there."""
    refused = {(problem.path, problem.line) for problem in document.problems}
    consequences = [document.problem(*finding) for finding in findings]
    rest = [problem for problem in consequences if (problem.path, problem.line) not in refused]
    return sorted([*document.problems, *rest], key=lambda problem: problem.line or 0)
