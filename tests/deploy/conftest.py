"""A checkout with an environment, an app in Azure, and the programs that a deployment runs: none of it is real."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.deploy import release, second_clock, smoke_test, steps, upload
from infra.deploy.__main__ import main
from infra.deploy.permission import APPROVED, PIPELINES
from infra.deploy.waiting import Patience
from infra.local.pki import Authority, KeyPair
from tests.deploy.deployed_app import BEARER, DeployedApp, running
from tests.deploy.programs import Programs
from tests.http_server import HOST

VERSION = "0.1.0+4f0c1d2e3a4b"
APP_ID = "/subscriptions/s/resourceGroups/rg-dev/providers/Microsoft.Web/sites/relaykeeper-dev"
QUICK = Patience(total=0.5, pause=0.05)


@pytest.fixture(scope="session")
def issued(tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, KeyPair]:
    authority = Authority.create(tmp_path_factory.mktemp("deploy"), "deploy")
    return authority, authority.issue("server", addresses=[HOST])


@dataclass(frozen=True, slots=True)
class World:
    """`deploy` is `python -m infra.deploy`; it returns the exit status."""

    app: DeployedApp
    programs: Programs
    checkout: Path
    url: str

    def deploy(self, *arguments: str) -> int:
        return main(arguments)

    def outputs(self, **changed: Any) -> None:
        """Let the infrastructure have the outputs of `infra/azure/environments`, some of them changed."""
        outputs = {
            "function_app_name": "relaykeeper-dev",
            "function_app_id": APP_ID,
            "inventory_file": "inventory.dev.yaml",
            "url": self.url,
            "token_scope": "api://relaykeeper/.default",
            "role_commands": [],
            **changed,
        }
        said = json.dumps({name: {"value": value} for name, value in outputs.items()})
        self.programs.answer("tofu", "output -json", said)

    def plan(self, *, changes: dict[str, list[str]] | None = None, environment: str = "dev") -> None:
        """Let the plan of an environment change these addresses, by these actions."""
        listed = [{"address": name, "change": {"actions": done}} for name, done in (changes or {}).items()]
        calls = {"relaykeeper": {"expressions": {"environment": {"constant_value": environment}}}}
        shown = {"resource_changes": listed, "configuration": {"root_module": {"module_calls": calls}}}
        self.programs.answer("tofu", "show -json", json.dumps(shown))


@pytest.fixture
def world(tmp_path: Path, issued: tuple[Authority, KeyPair], monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    authority, pair = issued
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.path))
    for name in (*PIPELINES, APPROVED):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(upload, "PATIENCE", QUICK)
    monkeypatch.setattr(second_clock, "PATIENCE", QUICK)
    monkeypatch.setattr(steps, "PATIENT", smoke_test.SmokeTest(QUICK, QUICK, QUICK))
    checkout = tmp_path / "checkout"
    for name in ("dev", "prod"):
        (checkout / "infra/azure/environments" / name).mkdir(parents=True)
        (checkout / f"inventory.{name}.yaml").write_text(f"# {name}")
    monkeypatch.setattr(release, "APP", checkout)
    monkeypatch.setattr(steps, "APP", checkout)
    monkeypatch.setattr(steps, "LOCAL", checkout / ".local")
    (tmp_path / "bin").mkdir()
    programs = Programs(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(programs.folder), prepend=":")
    for name in ("tofu", "az"):
        programs.add(name)
    programs.packaging(checkout, VERSION)
    app = DeployedApp(VERSION)
    with running(app, pair) as url:
        programs.answer("tofu", "plan -input=false", "the plan, in words\n", status=2)
        programs.answer("az", "account show", json.dumps({"user": {"type": "user"}}))
        programs.answer("az", f"resource show --ids {APP_ID}", url.removeprefix("https://"))
        programs.answer("az", "get-access-token", BEARER.removeprefix("Bearer "))
        made = World(app, programs, checkout, url)
        made.outputs()
        made.plan(changes={"module.app.azurerm_storage_account.state": ["create"]})
        yield made
