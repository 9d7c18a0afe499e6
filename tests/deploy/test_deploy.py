"""`make deploy`: the plan that was shown is applied and no other, the package that was hashed runs, and it works."""

import json
from pathlib import Path

import pytest

from infra.deploy.release import read_release
from tests.deploy.conftest import APP_ID, VERSION, World

SAVED = ".local/plans/dev/plan.tfplan"


def order_of(world: World) -> list[str]:
    """Return the commands of OpenTofu that were run, in sequence."""
    return [call[2] for call in world.programs.calls if call[0] == "tofu"]


def test_a_plan_is_saved_and_changes_nothing(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    assert world.deploy("plan", "--env", "dev") == 0

    assert order_of(world) == ["init", "plan", "show"]
    [plan] = world.programs.called("tofu", "plan")
    assert {"-lock=false", f"-out={world.checkout / SAVED}"} <= set(plan)
    assert world.app.asked == []
    assert "the plan, in words" in capfd.readouterr().out


def test_the_plan_that_was_shown_is_applied_and_its_package_runs(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    assert world.deploy("deploy", "--env", "dev") == 0

    [apply] = world.programs.called("tofu", "apply")
    assert apply[-1] == str(world.checkout / SAVED)
    made = read_release(world.checkout / ".local/releases/dev" / VERSION)
    assert world.app.packages == [made.package.read_bytes()]
    assert world.app.reasons == [f"make deploy ENV=dev: {VERSION} was deployed"]
    said = capfd.readouterr().out
    assert made.sha256 in said
    assert said.endswith(f"{VERSION} works.\n")


def test_a_plan_and_a_release_that_were_reviewed_are_used_as_they_are(world: World, tmp_path: Path) -> None:
    assert world.deploy("package", "--env", "dev") == 0
    world.programs.answer("tofu", "show -no-color", "the reviewed plan, in words\n")

    assert world.deploy("deploy", "--env", "dev", "--release", release(world), "--plan", str(tmp_path / "p")) == 0

    assert not world.programs.called("tofu", "plan")
    [apply] = world.programs.called("tofu", "apply")
    assert apply[-1] == str(tmp_path / "p")


def test_a_plan_of_another_environment_is_refused(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    """A saved plan brings its own state: applied here, it would change the other environment."""
    world.plan(changes={"azurerm_storage_account.state": ["create"]}, environment="prod")

    assert world.deploy("deploy", "--env", "dev", "--plan", "prod.tfplan") == 1

    assert "prod.tfplan is a plan of prod, not of dev; nothing was applied" in capfd.readouterr().err
    assert not world.programs.called("tofu", "apply")
    assert world.app.packages == []


def test_a_release_with_another_inventory_is_refused(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    """The app reads the inventory that its setting names, and without that file it is dead."""
    assert world.deploy("package", "--env", "prod") == 0
    made_for_prod = str(world.checkout / ".local/releases/prod" / VERSION)

    assert world.deploy("deploy", "--env", "dev", "--release", made_for_prod) == 1

    assert "holds no inventory.dev.yaml, which relaykeeper-dev reads" in capfd.readouterr().err
    assert world.app.packages == []


def release(world: World) -> str:
    return str(world.checkout / ".local/releases/dev" / VERSION)


def test_the_connection_string_that_azurerm_adds_is_removed_before_the_upload(world: World) -> None:
    """azurerm writes one without a key whenever it changes the app, and the host prefers it to the identity."""
    world.programs.answer("az", "appsettings list", "AzureWebJobsStorage\n")

    assert world.deploy("deploy", "--env", "dev") == 0

    [removed] = world.programs.called("az", "delete")
    assert removed[-2:] == ["--setting-names", "AzureWebJobsStorage"]
    assert APP_ID in removed
    words = [" ".join(call) for call in world.programs.calls]
    applied, removal, uploading = (
        next(place for place, said in enumerate(words) if part in said)
        for part in (" apply ", "appsettings delete", "resource show")
    )
    assert applied < removal < uploading


def test_an_app_without_connection_strings_is_not_touched(world: World) -> None:
    assert world.deploy("deploy", "--env", "dev") == 0
    assert not world.programs.called("az", "delete")


def test_a_plan_without_changes_is_not_applied(world: World) -> None:
    world.plan(changes={"azurerm_storage_account.state": ["no-op"]})

    assert world.deploy("deploy", "--env", "dev") == 0
    assert not world.programs.called("tofu", "apply")
    assert len(world.app.packages) == 1


@pytest.mark.parametrize("actions", [["delete"], ["delete", "create"], ["create", "delete"]])
def test_what_would_delete_or_replace_something_is_refused(
    world: World, actions: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    world.plan(changes={"azurerm_storage_account.state": actions})

    assert world.deploy("deploy", "--env", "dev") == 1

    assert not world.programs.called("tofu", "apply")
    assert world.app.packages == []
    assert "deletes or replaces azurerm_storage_account.state; nothing was applied" in capfd.readouterr().err
    assert world.deploy("deploy", "--env", "dev", "--remove") == 0


def test_nothing_is_uploaded_if_the_plan_cannot_be_applied(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    world.programs.answer("tofu", "apply", complains="Saved plan is stale", status=1)

    assert world.deploy("deploy", "--env", "dev") == 1

    assert world.app.packages == []
    said = capfd.readouterr().err
    assert "Saved plan is stale" in said
    assert "cannot apply the plan" in said


def test_a_release_with_changed_files_is_refused(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    world.programs.packaging(world.checkout, f"{VERSION}.dirty")

    assert world.deploy("deploy", "--env", "dev") == 1

    assert "tracked files differ from the commit" in capfd.readouterr().err
    assert not world.programs.called("tofu")


def test_a_release_that_is_not_what_its_sums_say_is_refused(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    assert world.deploy("package", "--env", "dev") == 0
    with Path(release(world), "relaykeeper.zip").open("ab") as package:
        package.write(b"more")

    assert world.deploy("deploy", "--env", "dev", "--release", release(world)) == 1

    assert "relaykeeper.zip is not what SHA256SUMS names" in capfd.readouterr().err
    assert world.app.packages == []


def test_an_earlier_release_is_rolled_back_to_by_its_version_without_a_plan(world: World) -> None:
    assert world.deploy("package", "--env", "dev") == 0

    assert world.deploy("rollback", "--env", "dev", "--release", VERSION) == 0

    assert order_of(world) == ["init", "output"]
    assert len(world.app.packages) == 1


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        ({"url": {"value": "x"}}, "has no output 'function_app_name'"),
        ({}, "was never applied. Deploy it first"),
    ],
)
def test_an_environment_without_an_app_is_named(
    world: World, outputs: dict[str, dict[str, str]], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    world.programs.answer("tofu", "output -json", json.dumps(outputs))

    assert world.deploy("deploy", "--env", "dev") == 1
    assert said in capfd.readouterr().err


def test_an_app_without_authentication_is_not_tested(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    world.outputs(token_scope=None)

    assert world.deploy("deploy", "--env", "dev") == 1
    assert "has no authentication" in capfd.readouterr().err


def test_an_environment_that_does_not_exist_is_named(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    assert world.deploy("plan", "--env", "staging") == 1
    assert "there is no environment staging" in capfd.readouterr().err
