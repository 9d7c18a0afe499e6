"""Indexing the app is cheap: the ways in load nothing heavy before an invocation."""

import subprocess
import sys

INDEX = """
import azure.functions, sys
before = set(sys.modules)
import function_app
names = sorted(function.get_function_name() for function in function_app.app.get_functions())
print(*names)
print(*sorted(set(sys.modules) - before))
"""
HEAVY = (
    "azure.",
    "kubernetes",
    "acme",
    "josepy",
    "cryptography",
    "pydantic",
    "yaml",
    "dns",
    "msgspec",
    "opentelemetry",
    "shared",
)


def test_indexing_finds_every_function_and_loads_no_sdk() -> None:
    indexed = subprocess.run([sys.executable, "-c", INDEX], capture_output=True, text=True, check=True).stdout
    names, loaded = indexed.splitlines()

    assert names.split() == [
        "confirm_client_removals",
        "deliver_client",
        "examine_relay",
        "handle_poison",
        "list_alerts",
        "list_certificates",
        "list_clients",
        "list_pauses",
        "list_relays",
        "list_requests",
        "pause",
        "plan_inventory",
        "read_history",
        "read_metrics",
        "release_certificate",
        "renew",
        "renew_certificate",
        "resume",
        "resume_logins",
        "roll_back_certificate",
        "send_test_alert",
        "show_certificate",
        "show_client",
        "show_health",
        "show_health_parts",
        "show_openapi",
        "show_plan",
        "show_relay",
        "show_request",
        "tick",
        "tick_now",
        "watch",
    ]
    assert [module for module in loaded.split() if module.startswith(HEAVY)] == []
