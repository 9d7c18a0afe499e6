"""The Functions entry point: registers the blueprints, nothing else."""

import azure.functions as func

from functions import renewals, watch

app = func.FunctionApp()
app.register_functions(renewals.blueprint)
app.register_functions(watch.blueprint)
