"""The Functions entry point: switches on what the settings ask for and registers the blueprints, nothing else."""

import os

import azure.functions as func

from functions import (
    alerts,
    certificates,
    health,
    history,
    metrics,
    openapi,
    pauses,
    plan,
    renewals,
    requests,
    telemetry,
    watch,
)

telemetry.export_logs_if_asked(os.environ)
app = func.FunctionApp()
for way_in in (
    renewals,
    watch,
    certificates,
    requests,
    pauses,
    plan,
    history,
    metrics,
    health,
    openapi,
    alerts,
):
    app.register_functions(way_in.blueprint)
