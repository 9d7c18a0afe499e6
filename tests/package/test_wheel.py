"""The wheel, installed into an empty environment with what it asks for and nothing else, is the whole command."""

import json
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.local.tools import cache
from shared.version import RELEASE
from tests.fakes.inventory import NAME
from tests.wire.command.site import KEY, running_site
from tests.wire.smtp.mail_servers import taking
from tests.wire.smtp.servers import HOST, serving
from tests.workflows.world import new_world

ROOT = Path(__file__).parents[2]
UV = cache() / "uv/bin/uv"
OF_THE_APP = {"azure", "kubernetes", "acme", "josepy", "opentelemetry", "msal"}
OF_THE_COMMAND = {"typer", "rich", "tomli-w", "shellingham"}

type Run = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment and an empty folder to work in; no variable of ours is set."""

    folder: Path
    work: Path

    def run(self, program: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        path = self.folder / "bin"
        environment = {"PATH": f"{path}:/usr/bin:/bin", "HOME": str(self.work), **variables}
        return subprocess.run(
            [path / program, *arguments], env=environment, cwd=self.work, capture_output=True, text=True, check=False
        )


def uv(*arguments: str | Path) -> None:
    subprocess.run([UV, *arguments, "--quiet"], cwd=ROOT, check=True)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    uv("build", "--wheel", "--python", sys.executable, "--out-dir", folder)
    [built] = folder.glob("*.whl")
    return built


def installed(folder: Path, wheel: str) -> Environment:
    uv("venv", "--python", sys.executable, folder / "venv")
    uv("pip", "install", "--python", folder / "venv/bin/python", wheel)
    (folder / "work").mkdir()
    return Environment(folder / "venv", folder / "work")


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return installed(tmp_path_factory.mktemp("bare"), str(wheel))


@pytest.fixture(scope="module")
def with_azure(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return installed(tmp_path_factory.mktemp("azure"), f"relaykeeper[azure] @ {wheel.as_uri()}")


def packages(environment: Environment) -> set[str]:
    listed = environment.run("python", "-c", "import sys, os; print(*(os.listdir(sys.path[-1])))").stdout.split()
    return {re.split(r"[-.]", name)[0].lower() for name in listed}


def test_it_holds_the_two_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.partition("/")[0] for name in names} == {"relaykeeper", "shared", f"relaykeeper-{RELEASE}.dist-info"}
    assert not [name for name in names if not name.endswith(".py") and ".dist-info/" not in name]
    assert f"relaykeeper-{RELEASE}.dist-info/licenses/LICENSE" in names


def test_one_release_has_one_number() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == RELEASE


def test_the_app_does_not_install_what_only_the_command_needs() -> None:
    names = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    assert "pydantic" in names
    assert not OF_THE_COMMAND & names


def test_nothing_of_azure_kubernetes_or_acme_comes_with_it(bare: Environment) -> None:
    found = packages(bare)
    assert {"typer", "rich", "pydantic", "relaykeeper"} <= found
    assert not OF_THE_APP & found


def test_it_says_what_it_is(bare: Environment) -> None:
    alone, version, module = (
        bare.run("relaykeeper"),
        bare.run("relaykeeper", "--version"),
        bare.run("python", "-m", "relaykeeper", "--version"),
    )
    assert (alone.returncode, alone.stderr) == (0, "")
    assert "relaykeeper verify mail.example.net" in alone.stdout
    assert version.stdout == module.stdout == f"relaykeeper {RELEASE}\n"


def test_it_checks_an_inventory(bare: Environment) -> None:
    done = bare.run("relaykeeper", "inventory", "check", str(ROOT / "inventory.example.yaml"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "is valid: 3 certificates" in done.stdout
    schema = bare.run("relaykeeper", "inventory", "schema").stdout
    assert schema == (ROOT / "docs/inventory.schema.json").read_text()


def test_it_verifies_a_server(bare: Environment) -> None:
    with serving(taking()) as port:
        done = bare.run("relaykeeper", "verify", f"{HOST}:{port}", "--json", "--timeout", "3")
    assert (done.returncode, done.stderr) == (1, "")
    [address] = json.loads(done.stdout)["addresses"]
    assert {each["name"]: each["status"] for each in address["checks"]}["greeting"] == "ok"


def test_it_asks_an_app_with_a_function_key(bare: Environment) -> None:
    world = new_world()
    world.tick()
    with running_site(world) as site:
        done = bare.run(
            "relaykeeper",
            "get",
            "certificates",
            "-o",
            "name",
            RELAYKEEPER_APP_URL=site.url,
            RELAYKEEPER_FUNCTION_KEY=KEY,
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert f"certificate/{NAME}\n" in done.stdout


def test_it_remembers_an_app(bare: Environment) -> None:
    assert bare.run("relaykeeper", "config", "set", "prod", "--app", "https://app.example.net").returncode == 0
    shown = bare.run("relaykeeper", "config", "show", "--json").stdout
    assert json.loads(shown)["app"]["value"] == "https://app.example.net"
    assert (bare.work / ".config/relaykeeper/config.toml").is_file()


@pytest.mark.parametrize(
    "arguments",
    [
        ["get", "--target", "https://app.example.net"],
        ["clients", "flux", "--repo", "."],
        ["clients", "check", "--repo", "."],
        ["verify-relay", "dev"],
    ],
    ids=" ".join,
)
def test_what_needs_azure_says_how_to_install_it(bare: Environment, arguments: list[str]) -> None:
    inventory = str(ROOT / "inventory.example.yaml")
    done = bare.run("relaykeeper", *arguments, RELAYKEEPER_APP_ID="an-app-id", RELAYKEEPER_INVENTORY=inventory)
    assert (done.returncode, done.stdout) == (2, "")
    assert "uv tool install '.[azure]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_with_the_extra_everything_can_be_loaded(with_azure: Environment) -> None:
    modules = "shared.compose_relays, shared.compose_vaults, azure.identity, kubernetes"
    done = with_azure.run("python", "-c", f"import {modules}")
    assert (done.returncode, done.stderr) == (0, "")
    assert not {"acme", "josepy", "opentelemetry"} & packages(with_azure)
