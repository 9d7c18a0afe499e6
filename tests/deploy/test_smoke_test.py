"""What a deployment says in words if a release does not work, and what the second clock says."""

import pytest

from shared.api.certificate_view import CertificateView
from shared.api.certificates import CertificatesView
from shared.api.client_place_view import ClientPlaceView
from shared.api.client_view import ClientView
from shared.api.clients import ClientsView
from shared.api.health import PartView, StateView
from shared.api.operations import BY_ID
from shared.api.parsing import WithReason
from shared.api.place_view import PlaceView
from tests.deploy.conftest import VERSION, World
from tests.deploy.deployed_app import DeployedApp
from tests.http_server import HOST


def said_by_deploy(world: World, capfd: pytest.CaptureFixture[str]) -> str:
    """Deploy, which fails, and return what was said."""
    assert world.deploy("deploy", "--env", "dev") == 1
    return capfd.readouterr().err


def test_what_the_platform_says_of_a_package_is_quoted(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    world.app.publishes = [1, 3]
    said = said_by_deploy(world, capfd)
    assert f"cannot upload {VERSION} to relaykeeper-dev: 200, the host did not start" in said
    assert world.app.reasons == []


def test_a_package_that_the_platform_never_finishes_is_said(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    world.app.publishes = [1]
    assert "the platform still works on it (after" in said_by_deploy(world, capfd)


def test_a_look_that_fails_while_the_platform_works_is_repeated(world: World) -> None:
    """The publishing site is an app too: it may not know the deployment yet, or restart."""
    world.app.publishes = [404, 1, 502, 429, 4]
    assert world.deploy("deploy", "--env", "dev") == 0


def test_a_site_that_never_knows_the_package_is_said(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    world.app.publishes = [404]
    assert f"cannot upload {VERSION} to relaykeeper-dev: 404" in said_by_deploy(world, capfd)


def test_an_app_without_a_publishing_site_is_said(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    world.programs.answer("az", "resource show", "\n")
    assert "cannot find where relaykeeper-dev takes packages: Azure names no publishing site" in said_by_deploy(
        world, capfd
    )
    assert world.app.packages == []


def test_a_caller_without_a_right_to_upload_learns_which(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    world.programs.answer("az", "get-access-token --query", "another token")
    assert "no token" in said_by_deploy(world, capfd)


def test_a_release_that_does_not_answer_is_named(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    world.app.runs = "0.0.8"
    assert f"{VERSION} was uploaded and does not run: 0.0.8 still answers" in said_by_deploy(world, capfd)


def test_a_tick_that_is_refused_names_the_roles(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    world.app.ticks = [403]
    said = said_by_deploy(world, capfd)
    assert "POST /api/ticks: 403, the words of the app" in said
    assert "needs the app's roles" in said


def test_a_tick_that_is_too_early_is_asked_for_again(world: World) -> None:
    world.app.ticks = [429, 503, 200]
    assert world.deploy("deploy", "--env", "dev") == 0
    assert len(world.app.reasons) == 3


def test_a_watch_that_never_comes_is_named(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    world.app.watches = False
    assert "does not work: no watch has been made since: the last was 4000 s ago" in said_by_deploy(world, capfd)


def test_broken_parts_are_listed_with_the_roles_that_others_give(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    message = "could not be read by the last watch"
    world.app.unreadable = {"vault prod": "403: our identity lacks Key Vault Secrets User"}
    world.app.parts = [
        {"name": "storage", "status": "ok", "message": "answers"},
        {"name": "vault prod", "status": "degraded", "message": message},
    ]
    world.app.places = [
        {"place": "dev@one", "state": "observed", "message": ""},
        {"place": "dev@two", "state": "unreachable", "message": "403: no Role lets us list pods"},
    ]
    command = "az role assignment create --role 'Key Vault Secrets User'"
    world.outputs(role_commands=[command])

    said = said_by_deploy(world, capfd)

    reason = "  vault prod: 403: our identity lacks Key Vault Secrets User\n  dev@two: 403: no Role lets us list pods\n"
    assert f"{VERSION} runs, and 1 of its parts do not work:\n  vault prod (degraded): {message}\n{reason}" in said
    assert said.endswith(f"{command}\n")


def test_the_stand_in_answers_as_the_app_does() -> None:
    app = DeployedApp(VERSION, parts=[{"name": "storage", "status": "ok", "message": "answers"}])
    assert set(app.health()) == set(StateView.model_fields)
    assert set(app.parts[0]) < set(PartView.model_fields)
    for view in (CertificatesView, CertificateView, ClientsView, ClientView):
        assert "errors" in view.model_fields
    for place in (PlaceView, ClientPlaceView):
        assert {"place", "state", "message"} <= set(place.model_fields)
    tick = BY_ID["tick_now"]
    assert (tick.method, tick.path, tick.body) == ("POST", "ticks", WithReason)


@pytest.fixture
def clock(world: World) -> tuple[str, ...]:
    return ("tick", "--url", world.url, "--scope", "api://relaykeeper/.default")


def test_the_second_clock_leaves_a_well_app_alone(world: World, clock: tuple[str, ...]) -> None:
    assert world.deploy(*clock) == 0
    assert world.app.asked == ["GET /api/health"]


def test_the_second_clock_ticks_where_health_is_degraded(
    world: World, clock: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    world.app.status = "degraded"
    assert world.deploy(*clock) == 0
    assert world.app.reasons == ["second clock"]
    assert "the app was degraded: a tick was made" in capfd.readouterr().out
    assert not world.programs.called("tofu")


def test_the_second_clock_fails_loudly_if_no_tick_can_be_had(
    world: World, clock: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    world.app.status, world.app.ticks = "failing", [500]
    assert world.deploy(*clock) == 1
    assert "the app is failing, and no tick was made: POST /api/ticks: 500" in capfd.readouterr().err


def test_the_second_clock_fails_if_nothing_answers(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    """A lost answer to the request is no tick: health must say that one was made."""
    nobody = f"https://{HOST}:1"
    assert world.deploy("tick", "--url", nobody, "--scope", "api://relaykeeper/.default") == 1
    assert f"the app is silent (cannot ask {nobody}/api/health" in capfd.readouterr().err
