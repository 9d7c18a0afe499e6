"""What linters for OpenTofu files find, and what they are told to leave."""

import os
import re
import subprocess
import sys

import pytest

from infra.azure.check.configurations import AZURE, FOLDERS
from infra.local.azure_tools import checkov_path, tflint_path
from infra.local.tools import needed_for_tests

REASON = 30
"""Letters that a reason has at least."""


def run(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=AZURE,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=250,
    )


def test_tflint_finds_nothing() -> None:
    program = needed_for_tests("tflint", tflint_path())
    ended = run([str(program), "--recursive", f"--config={AZURE / '.tflint.hcl'}", "--no-color"])
    assert (ended.returncode, ended.stdout) == (0, "")


@pytest.mark.long
@pytest.mark.timeout(300)
def test_checkov_finds_nothing() -> None:
    packages = needed_for_tests("checkov", checkov_path())
    options = ["--directory", str(AZURE), "--framework", "terraform", "--skip-download", "--compact"]
    ended = run([sys.executable, "-m", "checkov.main", *options], PYTHONPATH=str(packages))
    passed = re.search(r"Passed checks: (\d+), Failed checks: 0, Skipped checks: \d+", ended.stdout)
    assert ended.returncode == 0, ended.stdout
    assert passed is not None, ended.stdout
    assert int(passed[1]) > 0


def test_every_skip_is_explained() -> None:
    files = [file for folder in FOLDERS for file in folder.glob("*.tf")]
    skips = [
        line
        for file in files
        for line in file.read_text().splitlines()
        if re.search(r"(checkov:skip|tflint-ignore)", line)
    ]
    assert skips
    for skip in skips:
        assert re.fullmatch(rf"\s*#checkov:skip=CKV2?_AZURE_\d+:.{{{REASON},}}", skip), skip
