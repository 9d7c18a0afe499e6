"""The pipelines give each job the least that it needs, strangers nothing, and run only commands that exist."""

import re
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.deploy.permission import APPROVED, GUARDED
from infra.local.tools import actionlint_path, needed_for_tests
from relaykeeper.cli import app

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
SESSION = ROOT / ".github/actions/azure-session/action.yml"
AZURE_DEVOPS = sorted((ROOT / "infra/pipelines").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
NO_FORK = "github.event.pull_request.head.repo.full_name == github.repository"
PULLED = "pull_request"
SWITCH = "vars.DEPLOY == 'true'"


def read(file: Path) -> dict[str, Any]:
    """Return a YAML file; YAML 1.1 reads the key `on` as true."""
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {"on" if key is True else str(key): value for key, value in content.items()}


JOBS = {
    f"{file.stem}/{name}": (read(file), job) for file in WORKFLOWS for name, job in read(file).get("jobs", {}).items()
}


def test_actionlint_finds_nothing() -> None:
    lint = needed_for_tests("actionlint", actionlint_path())
    ended = subprocess.run([lint, "-no-color", *WORKFLOWS], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("", "", 0)


@pytest.mark.parametrize("file", [*WORKFLOWS, SESSION, *AZURE_DEVOPS], ids=lambda file: str(file.relative_to(ROOT)))
def test_each_command_exists(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert set(re.findall(r"\bmake ([a-z-]+)", without_comments(text))) <= TARGETS
    assert set(re.findall(r"bin/relaykeeper ([a-z][a-z-]*(?: [a-z][a-z-]*)?)", text)) <= set(commands())


def commands() -> Iterator[str]:
    """Yield the commands of `relaykeeper`, those of a group behind its name."""
    yield from (command.name or "" for command in app.registered_commands)
    for group in app.registered_groups:
        assert group.typer_instance is not None
        yield from (f"{group.name} {command.name}" for command in group.typer_instance.registered_commands)


def without_comments(text: str) -> str:
    return re.sub(r"(?m)(^|\s)#.*$", "", text)


@pytest.mark.parametrize("file", [*WORKFLOWS, SESSION], ids=lambda file: file.stem)
def test_other_peoples_actions_are_pinned_by_commit(file: Path) -> None:
    for used in re.findall(r"uses: (.+)", file.read_text(encoding="utf-8")):
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v[\d.]+", used) or used.startswith("./"), used


def test_one_action_has_one_commit_everywhere() -> None:
    used = {pin for file in (*WORKFLOWS, SESSION) for pin in re.findall(r"uses: (.+@.+)", file.read_text())}
    assert len(used) == len({pin.partition("@")[0] for pin in used})


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_a_workflow_gives_nothing_by_itself_and_is_never_run_with_rights_for_a_stranger(file: Path) -> None:
    workflow = read(file)
    assert workflow["permissions"] == {}
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(workflow["on"])


@pytest.mark.parametrize("name", JOBS)
def test_a_job_may_only_what_it_does(name: str) -> None:
    workflow, job = JOBS[name]
    steps = str(job["steps"])
    expected = {"contents": "read"}
    if "azure-session" in steps or "azure/login" in steps:
        expected["id-token"] = "write"
        assert job["environment"], "a token is for an environment, which the federated credential names"
    if "gh pr comment" in steps:
        expected["pull-requests"] = "write"
    assert job["permissions"] == expected
    assert "secrets." not in steps or "pull_request" not in workflow["on"]


@pytest.mark.parametrize("name", [name for name, (workflow, _) in JOBS.items() if "pull_request" in workflow["on"]])
def test_a_fork_gets_no_token_and_no_secret(name: str) -> None:
    _, job = JOBS[name]
    rights = set(job["permissions"]) - {"contents"}
    assert not rights or job["if"] == f"{SWITCH} && {NO_FORK}"
    assert "secrets." not in str(job)


@pytest.mark.parametrize("name", [name for name in JOBS if not name.startswith("pull-request/check")])
def test_nothing_runs_in_a_copy_that_does_not_deploy(name: str) -> None:
    workflow, job = JOBS[name]
    needed = job.get("needs")
    assert SWITCH in job.get("if", "") or needed in workflow["jobs"]


@pytest.mark.parametrize("name", JOBS)
def test_no_checkout_leaves_its_token_behind_and_no_text_of_a_stranger_becomes_a_command(name: str) -> None:
    _, job = JOBS[name]
    for step in job["steps"]:
        assert "actions/checkout" not in step.get("uses", "") or step["with"]["persist-credentials"] is False
        assert "${{" not in step.get("run", "")


def test_only_the_approved_job_says_that_it_is_approved() -> None:
    claims = {name: job["env"][APPROVED] for name, (_, job) in JOBS.items() if APPROVED in job.get("env", {})}
    assert claims == {f"deploy/{each}": each for each in GUARDED}
    assert {JOBS[name][1]["environment"] for name in claims} == GUARDED
    told = [job for job in azure_devops_jobs() if APPROVED in job.get("variables", {})]
    assert [(job["environment"], job["variables"][APPROVED]) for job in told] == [(each, each) for each in GUARDED]


def azure_devops_jobs() -> Iterator[dict[str, Any]]:
    for stage in read(ROOT / "infra/pipelines/azure-devops.yml")["stages"]:
        yield from stage["jobs"]


def test_a_fork_gets_no_token_in_azure_devops() -> None:
    [stage] = [each for each in read(ROOT / "infra/pipelines/azure-devops.yml")["stages"] if each["stage"] == PULLED]
    with_rights = [job for job in stage["jobs"] if "azureSubscription" in str(job)]
    assert [job["condition"] for job in with_rights] == ["ne(variables['System.PullRequest.IsFork'], 'True')"]


@pytest.mark.parametrize(
    "stage", read(ROOT / "infra/pipelines/azure-devops.yml")["stages"], ids=lambda stage: str(stage["stage"])
)
def test_a_pull_request_and_a_schedule_deploy_nothing_in_azure_devops(stage: dict[str, Any]) -> None:
    assert "Build.Reason" in stage.get("condition", "") or stage["dependsOn"]


KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\ncanary\n-----END OPENSSH PRIVATE KEY-----\n"


def release_scripts() -> dict[str, str]:
    """Return what makes releases in each pipeline."""
    steps = [
        *JOBS["deploy/release"][1]["steps"],
        *(step for job in azure_devops_jobs() for step in job.get("steps", [])),
    ]
    scripts = {"RUNNER_TEMP": "run", "AGENT_TEMPDIRECTORY": "bash"}
    return {
        folder: next(step[kind] for step in steps if "make release" in step.get(kind, ""))
        for folder, kind in scripts.items()
    }


@pytest.mark.parametrize(
    ("folder", "secret", "used"),
    [
        ("RUNNER_TEMP", KEY, KEY),
        ("RUNNER_TEMP", "", None),
        ("AGENT_TEMPDIRECTORY", b64encode(KEY.encode()).decode(), KEY),
        ("AGENT_TEMPDIRECTORY", "$(releaseKey)", None),
        ("AGENT_TEMPDIRECTORY", "", None),
    ],
)
def test_a_release_is_signed_where_there_is_a_key(tmp_path: Path, folder: str, secret: str, used: str | None) -> None:
    make = tmp_path / "make"
    make.write_text(
        '#!/bin/sh\nif [ -n "$KEY" ]; then stat -c %a "$KEY"; cat "$KEY"; else echo no key; fi; echo made\n'
    )
    make.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", folder: str(tmp_path), "RELEASE_KEY": secret}
    command = ["/bin/bash", "-e", "-c", release_scripts()[folder]]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    expected = "no key" if used is None else f"600\n{used}".rstrip("\n")
    assert [each.rstrip("\n") for each in ended.stdout.split("made\n")[:-1]] == 2 * [expected]


def test_both_pipelines_do_the_same() -> None:
    def commands(files: list[Path]) -> set[str]:
        said = "\n".join(without_comments(file.read_text()) for file in files)
        made = re.findall(r"make (?:check|release|plan|deploy|second-clock)(?: ENV=\w+)?", said)
        return {*made, *re.findall(r"bin/relaykeeper [a-z-]+", said)}

    assert commands(WORKFLOWS) == commands(AZURE_DEVOPS)
