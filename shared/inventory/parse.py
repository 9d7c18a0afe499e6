"""YAML text -> Inventory, or every problem in it."""

from shared.errors import ConfigError, ConfigProblem
from shared.inventory.check_clients import CLIENT_CHECKS
from shared.inventory.check_conflicts import CONFLICT_CHECKS
from shared.inventory.check_references import REFERENCE_CHECKS
from shared.inventory.entries import Entries, EntryProblem
from shared.inventory.model import Inventory
from shared.yaml_tree import Document, read_yaml


def parse(text: str) -> Inventory:
    """Return the inventory that `text` describes; raises ConfigError with every problem, in the order of its lines.

    Paths of files (`ca_file`, `roots`) stay as they are written: relative to the inventory's own file.
    """
    document = read_yaml(text)
    entries = Entries(document.tree)
    checks = (*REFERENCE_CHECKS, *CONFLICT_CHECKS, *CLIENT_CHECKS)
    findings = [*entries.findings, *(finding for check in checks for finding in check(entries))]
    if findings or document.problems:
        raise ConfigError(_in_order(document, findings))
    return entries.inventory


def _in_order(document: Document, findings: list[EntryProblem]) -> list[ConfigProblem]:
    """Return every problem by line. What the document itself refuses at a path hides what else is found there."""
    refused = {(problem.path, problem.line) for problem in document.problems}
    found = [document.problem(*finding) for finding in findings]
    kept = [problem for problem in found if (problem.path, problem.line) not in refused]
    return sorted([*document.problems, *kept], key=lambda problem: problem.line or 0)
