"""A release can be verified by anybody who has the signer's public key, with ssh-keygen and sha256sum alone."""

import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from infra.deploy.release import NAMESPACE, SUMS
from infra.local.zipping import write_zip
from tests.deploy.conftest import VERSION, World

SIGNER = "release@example.net"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"], check=True)
    public = (tmp_path / "key.pub").read_text()
    (tmp_path / "allowed_signers").write_text(f'{SIGNER} namespaces="{NAMESPACE}" {public}')
    return tmp_path / "key"


def signed(folder: Path, allowed: Path) -> bool:
    """Say whether the sums of a release are signed by somebody who is allowed to, as docs/security.md verifies it."""
    signature = folder / f"{SUMS}.sig"
    verify: list[str | Path] = [
        "ssh-keygen",
        "-Y",
        "verify",
        "-f",
        allowed,
        "-I",
        SIGNER,
        "-n",
        NAMESPACE,
        "-s",
        signature,
    ]
    with (folder / SUMS).open("rb") as sums:
        return subprocess.run(verify, stdin=sums, capture_output=True, check=False).returncode == 0


def test_a_signed_release_is_verified_and_a_changed_one_is_not(world: World, key: Path) -> None:
    assert world.deploy("package", "--env", "dev", "--key", str(key)) == 0
    folder = world.checkout / ".local/releases/dev" / VERSION

    assert signed(folder, key.with_name("allowed_signers"))
    assert (
        subprocess.run(["sha256sum", "--check", "--strict", "--quiet", SUMS], cwd=folder, check=False).returncode == 0
    )

    (folder / SUMS).write_text((folder / SUMS).read_text().replace("a", "b"))
    assert not signed(folder, key.with_name("allowed_signers"))


def test_a_key_that_cannot_sign_is_named_and_leaves_no_release(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    assert world.deploy("package", "--env", "dev", "--key", "/nowhere/key") == 1
    assert f"cannot sign {VERSION} with /nowhere/key" in capfd.readouterr().err
    assert list((world.checkout / ".local/releases/dev").iterdir()) == []


def test_the_same_files_make_the_same_zip_whatever_their_times_modes_and_order(tmp_path: Path) -> None:
    files = {"b.py": "b", "a/c.py": "c", "a.py": "a"}
    for number, names in enumerate([files, reversed(files)]):
        for name in names:
            file = tmp_path / str(number) / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(files[name])
            file.chmod(0o600 if number else 0o755)
            os.utime(file, (number, number))
        write_zip(tmp_path / str(number), tmp_path / f"{number}.zip")

    assert (tmp_path / "0.zip").read_bytes() == (tmp_path / "1.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "0.zip") as made:
        assert made.namelist() == ["a/c.py", "a.py", "b.py"]
