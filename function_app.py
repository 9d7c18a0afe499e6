"""The Functions entry point: registers the blueprints, nothing else."""

import azure.functions as func

from functions import renewals

app = func.FunctionApp()
app.register_functions(renewals.blueprint)
