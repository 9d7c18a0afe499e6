"""The package gets what Git tracks and the app needs, the inventory, and the files that it names. Nothing else."""

import subprocess
from pathlib import Path

import pytest

from infra.local.packaging import packaged
from shared.errors import ConfigError
from tests.unit.inventory.inventories import FULL, RIGHT

TRACKED = ("function_app.py", "host.json", "requirements.txt", "functions/http.py", "shared/domain/issuing/acme.py")
NEEDLESS = ("README.md", "local.settings.example.json", ".funcignore", "tests/test.py", "infra/x.py")
LYING_ABOUT = (
    ".env",
    "notes.txt",
    "shared/.env",
    "shared/notes.md",
    "functions/new.py",
    "clusters/other.pem",
    "id.key",
)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """Return a checkout in which more lies about than Git tracks."""
    folder = tmp_path / "app"
    put(folder, *TRACKED, *NEEDLESS)
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    put(folder, *LYING_ABOUT)
    return folder


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")


def names(app: Path, inventory: Path) -> set[str]:
    return {str(file) for file in packaged(app, inventory)}


def test_what_lies_about_stays_out(app: Path) -> None:
    put(app, "c-00.pem", "c-01.pem")
    (app / "inventory.yaml").write_text(RIGHT)

    assert names(app, app / "inventory.yaml") == {*TRACKED, "inventory.yaml", "c-00.pem", "c-01.pem"}


def test_files_are_named_relative_to_the_inventory_and_those_that_are_missing_are_said(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(app, "fleet/ca.pem", "fleet/c-01.pem")
    (app / "fleet" / "inventory.yaml").write_text(FULL)

    found = names(app, app / "fleet" / "inventory.yaml")

    assert found - {*TRACKED} == {"fleet/inventory.yaml", "fleet/ca.pem", "fleet/c-01.pem"}
    assert "c-00.pem" not in capsys.readouterr().err
    (app / "fleet" / "ca.pem").unlink()
    assert "fleet/ca.pem" not in names(app, app / "fleet" / "inventory.yaml")
    assert "inventory.yaml names ca.pem, which does not exist" in capsys.readouterr().err


def test_a_tracked_file_that_was_deleted_is_no_obstacle(app: Path) -> None:
    (app / "shared" / "domain" / "issuing" / "acme.py").unlink()
    (app / "inventory.yaml").write_text(RIGHT)

    assert "shared/domain/issuing/acme.py" not in names(app, app / "inventory.yaml")


@pytest.mark.parametrize("written", ["../outside.pem", "/etc/hostname", "link.pem"])
def test_nothing_from_outside_the_checkout_is_taken(app: Path, written: str) -> None:
    put(app.parent, "outside.pem")
    (app / "link.pem").symlink_to(app.parent / "outside.pem")
    (app / "inventory.yaml").write_text(RIGHT.replace("c-00.pem", written))

    with pytest.raises(ValueError, match="it is not below"):
        names(app, app / "inventory.yaml")


def test_an_inventory_elsewhere_or_with_mistakes_is_refused(app: Path, tmp_path: Path) -> None:
    (tmp_path / "inventory.yaml").write_text(RIGHT)
    with pytest.raises(ValueError, match=r"inventory\.yaml cannot be packaged"):
        names(app, tmp_path / "inventory.yaml")
    (app / "inventory.yaml").write_text("vaults: 7")
    with pytest.raises(ConfigError):
        names(app, app / "inventory.yaml")
