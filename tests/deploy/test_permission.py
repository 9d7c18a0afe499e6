"""Who may deploy to prod: its pipeline after the approval, or a person who breaks the glass and is written down."""

import json

import pytest

from tests.deploy.conftest import VERSION, World

GITHUB = {"GITHUB_ACTIONS": "true", "DEPLOY_ENVIRONMENT": "prod"}
AZURE_DEVOPS = {"TF_BUILD": "True", "DEPLOY_ENVIRONMENT": "prod"}
PIPELINE, PERSON = "servicePrincipal", "user"


def deploy(world: World, variables: dict[str, str], signed_in: str, monkeypatch: pytest.MonkeyPatch) -> int:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    world.programs.answer("az", "account show", json.dumps({"user": {"type": signed_in}}))
    world.outputs(inventory_file="inventory.prod.yaml")
    return world.deploy("deploy", "--env", "prod")


@pytest.mark.parametrize("variables", [GITHUB, AZURE_DEVOPS])
def test_the_pipelines_job_of_the_environment_may(
    world: World, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert deploy(world, variables, PIPELINE, monkeypatch) == 0
    assert world.app.reasons == [f"the pipeline's environment prod was approved: {VERSION} was deployed"]


@pytest.mark.parametrize(
    ("variables", "signed_in"),
    [
        ({}, PERSON),
        ({}, PIPELINE),
        ({"DEPLOY_ENVIRONMENT": "prod"}, PIPELINE),
        ({**GITHUB, "DEPLOY_ENVIRONMENT": "dev"}, PIPELINE),
        ({"GITHUB_ACTIONS": "true"}, PIPELINE),
        (GITHUB, PERSON),
    ],
)
def test_nobody_else_may_and_nothing_is_made(
    world: World,
    variables: dict[str, str],
    signed_in: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert deploy(world, variables, signed_in, monkeypatch) == 1
    assert "prod is deployed by its pipeline alone" in capfd.readouterr().err
    assert world.app.asked == []
    assert not world.programs.called("tofu")
    assert not (world.checkout / ".local").exists()


def test_who_may_not_is_told_so_before_anything_else_is_asked_for(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    assert world.deploy("deploy", "--env", "prod") == 1
    assert "prod is deployed by its pipeline alone" in capfd.readouterr().err
    assert not world.programs.called("az")


def test_breaking_the_glass_is_written_down_with_the_incident(world: World) -> None:
    world.outputs(inventory_file="inventory.prod.yaml")
    assert world.deploy("deploy", "--env", "prod", "--break-glass", "INC-1234") == 0
    assert world.app.reasons == [f"break glass INC-1234: {VERSION} was deployed"]


def test_a_program_cannot_break_the_glass(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    world.programs.answer("az", "account show", json.dumps({"user": {"type": PIPELINE}}))
    assert world.deploy("deploy", "--env", "prod", "--break-glass", "INC-1234") == 1
    assert "BREAK_GLASS is for a person" in capfd.readouterr().err
    assert world.app.asked == []


@pytest.mark.parametrize("incident", ["", "x", "two words", "INC-1\n"])
def test_an_incident_has_a_name(world: World, incident: str) -> None:
    with pytest.raises(SystemExit):
        world.deploy("deploy", "--env", "prod", "--break-glass", incident)


def test_prod_may_be_planned_by_anybody(world: World) -> None:
    assert world.deploy("plan", "--env", "prod") == 0
