"""What the code and the host read is what the module makes: settings, containers, queues, functions, times."""

import json
import re
from pathlib import Path
from typing import get_args

from infra.azure.check.configurations import AZURE, read_configuration
from infra.azure.check.literals import Value, literal, object_elements
from infra.local.public_names import functions
from infra.local.public_names import settings as settings_of_the_code
from shared.api.auth import Role
from shared.compose import CONTAINER, HISTORY, QUEUE
from shared.settings import LEAST_LEASE, LONGEST_LEASE, PUBLIC_ARM, STORAGE_SETTING

ROOT = Path(__file__).parents[3]
MODULE = read_configuration(AZURE / "modules/relaykeeper")

MADE = set(object_elements(MODULE.locals["app_settings"].tree))

LEFT_OUT = {
    "RELAYKEEPER_ARM_URL": f"the module is for the public cloud, whose Resource Manager is the default, {PUBLIC_ARM}",
    "AzureWebJobsStorage__blobServiceUri": "follows from the account's name",
    "AzureWebJobsStorage__queueServiceUri": "follows from the account's name",
    "PYTHON_ENABLE_OPENTELEMETRY": "only where a collector is wanted, then in app_settings",
    "WEBSITE_AUTH_ENABLED": "the platform sets it",
}
"""Settings that the code reads and the module does not make, and why."""

OF_HOST_AND_SDK = {
    "AzureWebJobsStorage__credential",
    "AzureWebJobsStorage__clientId",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "AZURE_CLIENT_ID",
    "AZURE_TOKEN_CREDENTIALS",
}
"""Settings that the Functions host and azure-identity read, and not the code."""


def named_in(folder: str) -> set[str]:
    """Return the settings of ours that the code of a folder names."""
    texts = (file.read_text("utf-8") for file in (ROOT / folder).rglob("*.py"))
    return {name for text in texts for name in re.findall(r'"(RELAYKEEPER_[A-Z_]+)"', text)}


OF_THE_COMMAND = named_in("relaykeeper") - named_in("shared") - named_in("functions")
"""Settings that `relaykeeper` reads where people run it, and the app does not."""


def local(name: str) -> Value:
    return literal(MODULE.locals[name])


def default(variable: str) -> Value:
    return literal(MODULE.of("variable")[variable].arguments["default"])


def test_the_module_makes_each_setting_that_the_code_reads() -> None:
    assert set(settings_of_the_code()) - LEFT_OUT.keys() - OF_THE_COMMAND == MADE - OF_HOST_AND_SDK


def test_what_is_left_out_is_not_made() -> None:
    assert not LEFT_OUT.keys() & MADE


def test_host_storage_is_an_identity_as_a_whole_and_never_a_plain_setting() -> None:
    """A plain AzureWebJobsStorage, even an empty one, leaves the host without storage."""
    storage = {name for name in MADE if name.startswith(STORAGE_SETTING)}
    assert storage == {f"{STORAGE_SETTING}__{part}" for part in ("accountName", "credential", "clientId")}
    files = [file for file in AZURE.rglob("*.tf") if ".terraform" not in file.parts]
    assert not [file for file in files if f"{STORAGE_SETTING} " in file.read_text("utf-8")]


def test_the_example_of_local_settings_has_no_other_names() -> None:
    example = json.loads((ROOT / "local.settings.example.json").read_text())["Values"]
    assert {*example} - {"FUNCTIONS_WORKER_RUNTIME"} <= MADE


def test_the_containers_are_those_of_code_and_host() -> None:
    assert local("containers") == {
        "state": CONTAINER,
        "history": HISTORY,
        "deployment": "deployment",
        "host_locks": "azure-webjobs-hosts",
        "host_secrets": "azure-webjobs-secrets",
    }


def test_the_queues_are_those_that_the_code_sends_to_and_receives_from() -> None:
    assert local("queues") == {"work": QUEUE, "poison": f"{QUEUE}-poison"}
    assert {f"queue {QUEUE}", f"queue {QUEUE}-poison"} <= {name for name in functions() if name.startswith("queue ")}


def test_the_alerts_on_silent_timers_name_functions_that_exist() -> None:
    timers = set(object_elements(MODULE.locals["timers"].tree))
    assert {f"timer_trigger {timer}" for timer in timers} <= set(functions())


def test_the_host_records_each_execution_which_the_alerts_count() -> None:
    assert json.loads((ROOT / "host.json").read_text())["logging"]["logLevel"]["Host.Results"] == "Information"


def test_only_health_is_open() -> None:
    prefix = json.loads((ROOT / "host.json").read_text())["extensions"]["http"]["routePrefix"]
    assert local("open_paths") == [f"/{prefix}/health"]


def test_the_app_registration_has_each_role_that_the_api_knows() -> None:
    roles = object_elements(read_configuration(AZURE / "modules/app-registration").locals["roles"].tree)
    assert set(get_args(Role)) <= roles.keys()


def test_defaults_are_those_of_the_code() -> None:
    example = json.loads((ROOT / "local.settings.example.json").read_text())["Values"]
    assert default("tick_schedule") == example["RELAYKEEPER_TICK_SCHEDULE"]
    assert default("watch_schedule") == example["RELAYKEEPER_WATCH_SCHEDULE"]
    assert default("lease_seconds") == LONGEST_LEASE
    source = (AZURE / "modules/relaykeeper/variables.app.tf").read_text()
    assert f"var.lease_seconds >= {LEAST_LEASE} && var.lease_seconds <= {LONGEST_LEASE}" in source


def test_the_package_is_built_for_the_python_that_the_app_runs_on() -> None:
    assert default("python_version") == (ROOT / ".python-version").read_text().strip()


def test_the_package_has_the_inventory_where_the_setting_says() -> None:
    """`make package INVENTORY=inventory.yaml`, as the documents have it, packs the file at its path."""
    assert default("inventory_file") == "inventory.yaml"
