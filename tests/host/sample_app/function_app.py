"""A Function App whose log tells a test what the host gave its functions."""

import json
import logging
import os
import time
from pathlib import Path

import azure.functions as func

PAUSE = 0.02

blueprint = func.Blueprint()


@blueprint.timer_trigger(arg_name="timer", schedule="%SAMPLE_SCHEDULE%", run_on_startup=True)
def tick(timer: func.TimerRequest) -> None:
    logging.info("past due: %s", timer.past_due)


@blueprint.queue_trigger(arg_name="message", queue_name="%SAMPLE_QUEUE%", connection="AzureWebJobsStorage")
def work(message: func.QueueMessage, context: func.Context) -> None:
    text = message.get_body().decode()
    seen = {
        "text": text,
        "id": message.id,
        "dequeue_count": message.dequeue_count,
        "pop_receipt": message.pop_receipt,
        "inserted": message.insertion_time and message.insertion_time.isoformat(),
        "expires": message.expiration_time and message.expiration_time.isoformat(),
        "hidden_until": message.time_next_visible and message.time_next_visible.isoformat(),
        "invocation": context.invocation_id,
    }
    logging.info("%s", json.dumps(seen))
    if text == "fail":
        raise RuntimeError("asked to fail")
    while text == "hold" and not Path(os.environ["SAMPLE_RELEASE"]).exists():
        time.sleep(PAUSE)


@blueprint.queue_trigger(arg_name="message", queue_name="%SAMPLE_QUEUE%-poison", connection="AzureWebJobsStorage")
def handle_poison(message: func.QueueMessage) -> None:
    logging.info("buried %s", message.get_body().decode())


@blueprint.route(route="items/{name}/{part?}", methods=["GET", "PUT"], auth_level=func.AuthLevel.FUNCTION)
def items(req: func.HttpRequest) -> func.HttpResponse:
    seen = {
        "url": req.url,
        "route": dict(req.route_params),
        "query": dict(req.params),
        "type": req.headers.get("Content-Type"),
        "body": req.get_body().decode(),
    }
    return func.HttpResponse(json.dumps(seen), status_code=201, headers={"x-sample": "yes"})


@blueprint.route(route="items/all", methods=["GET"], auth_level=func.AuthLevel.ADMIN)
def every_item(req: func.HttpRequest) -> str:
    return f"all of {req.method}"


@blueprint.route(route="broken", auth_level=func.AuthLevel.ANONYMOUS)
async def broken(req: func.HttpRequest) -> str:
    logging.info("about to fail for %s", req.method)
    raise RuntimeError("for the log alone")


app = func.FunctionApp()
app.register_functions(blueprint)
