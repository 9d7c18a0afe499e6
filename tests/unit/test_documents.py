"""What the documents point to exists: files, folders, tests, headings."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("docs", "functions", "infra", "relaykeeper", "shared", "tests")
DOCUMENTS = [ROOT / "README.md", ROOT / "SECURITY.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("infra/**/README.md")]
PYTHON = [f"/{path.relative_to(ROOT)}" for folder in FOLDERS for path in ROOT.glob(f"{folder}/**/*.py")]
TESTS = {
    name for path in ROOT.glob("tests/**/test_*.py") for name in re.findall(r"def (test_\w+)", path.read_text("utf-8"))
}


def headings(document: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def wrong_links(document: Path) -> Iterator[str]:
    for target, _, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(#([^)]+))?\)", document.read_text("utf-8")):
        path = document.parent / target if target else document
        if not path.exists() or (anchor and anchor not in headings(path)):
            yield f"{target}#{anchor}"


def wrong_names(document: Path) -> Iterator[str]:
    text = document.read_text("utf-8")
    for name in re.findall(r"[\w/*-]+\.py\b", text):
        if "*" not in name and not any(path.endswith(f"/{name}") for path in PYTHON):
            yield name
    for name in re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w./*-]*)`", text):
        if not any(ROOT.glob(name.rstrip("/"))):
            yield name
    for name in re.findall(r"`(test_\w+)`", text):
        if name not in TESTS:
            yield name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_points_to_exists(document: Path) -> None:
    assert not [*wrong_links(document), *wrong_names(document)]
