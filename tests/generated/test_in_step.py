"""What is generated and committed is what would be generated now."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_requirements_are_those_of_the_lock() -> None:
    made = subprocess.run([ROOT / "infra/local/requirements.sh"], capture_output=True, text=True, check=True).stdout
    assert (ROOT / "requirements.txt").read_text() == made


def test_the_runtime_library_and_the_quick_kubernetes_client_are_pinned() -> None:
    requirements = (ROOT / "requirements.txt").read_text()
    assert "azure-functions-runtime==" in requirements
    assert "kubernetes==36.0.3" in requirements
