"""The entry point of the Functions host: enables log export and registers the functions, nothing else."""

import os

import azure.functions as func

from functions import http, telemetry, triggers

telemetry.export_logs_if_enabled(os.environ)
app = func.FunctionApp()
app.register_functions(triggers.trigger_blueprint)
app.register_functions(http.http_blueprint)
