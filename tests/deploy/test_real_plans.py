"""What is read from OpenTofu's plans is what OpenTofu writes, on a configuration that needs no provider."""

from pathlib import Path

import pytest

from infra.deploy.infrastructure import Infrastructure, refuse_removal
from infra.deploy.programs import DeployError
from infra.local.azure_tools import tofu_path
from infra.local.tools import needed_for_tests

CONFIGURATION = """
variable "word" {
  default = "one"
}

resource "terraform_data" "state" {
  input            = var.word
  triggers_replace = [var.word]
}

output "word" {
  value = terraform_data.state.output
}

module "relaykeeper" {
  source      = "./module"
  environment = "dev"
}
"""

MODULE = 'variable "environment" {}\n'


@pytest.fixture
def infrastructure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Infrastructure:
    """An environment that was never applied."""
    tofu = needed_for_tests("OpenTofu", tofu_path())
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/tofu").symlink_to(tofu)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    (tmp_path / "environment/module").mkdir(parents=True)
    (tmp_path / "environment/main.tf").write_text(CONFIGURATION)
    (tmp_path / "environment/module/main.tf").write_text(MODULE)
    made = Infrastructure(tmp_path / "environment")
    made.prepare()
    return made


def test_a_saved_plan_is_applied_once_and_a_stale_one_never(
    infrastructure: Infrastructure, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DeployError, match="was never applied"):
        infrastructure.outputs()
    plan = infrastructure.plan(tmp_path / "plans/first")
    assert (plan.environment, plan.changes, plan.removed) == ("dev", True, ())
    assert "terraform_data.state will be created" in infrastructure.show(plan)

    infrastructure.apply(plan)

    assert infrastructure.outputs() == {"word": "one"}
    assert not infrastructure.plan(tmp_path / "plans/second").changes
    with pytest.raises(DeployError, match="cannot apply the plan"):
        infrastructure.apply(plan)
    assert "Saved plan is stale" in capfd.readouterr().err


def test_a_plan_that_replaces_something_names_it(
    infrastructure: Infrastructure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    infrastructure.apply(infrastructure.plan(tmp_path / "plan"))
    monkeypatch.setenv("TF_VAR_word", "two")

    plan = infrastructure.plan(tmp_path / "plan")

    assert plan.removed == ("terraform_data.state",)
    with pytest.raises(DeployError, match="deletes or replaces terraform_data"):
        refuse_removal(plan)
