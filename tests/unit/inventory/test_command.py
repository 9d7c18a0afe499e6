"""The command that checks an inventory says everything and ends with a status that a pipeline understands."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def check(file: Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "shared.inventory", str(file)]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_example_is_right() -> None:
    done = check(ROOT / "inventory.example.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 certificates, served at 6 places" in done.stdout


def test_every_problem_is_printed(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("vaults: {dev: {url: ftp://x}}\ncertificates: {a.b: {vault: dex}}\n")

    done = check(wrong)

    assert done.returncode == 1
    assert "line 1: vaults.dev.url" in done.stderr
    assert "line 2: certificates" in done.stderr


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert f"cannot read {tmp_path / 'none.yaml'}" in check(tmp_path / "none.yaml").stderr
