"""One app, served until a signal ends it."""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from logging import WARNING
from pathlib import Path
from threading import Event, Thread

from infra.local.host.host_json import HostConfiguration, read_host_json
from infra.local.host.logs import HOST, RUNNING, report, write_json_lines
from infra.local.host.queues import QueueListener
from infra.local.host.settings import HostError, Settings
from infra.local.host.timers import TimerListener
from infra.local.host.web import Route, Site, WebServer
from infra.local.host.worker import Function, Worker

type Listener = QueueListener | TimerListener


def serve(app: Path, settings: Settings, address: str, port: int, grace: float) -> int:
    """Serve `app` until SIGTERM or SIGINT and return the exit status; raises HostError if it cannot be served.

    `grace` is the seconds that running invocations get to end after a signal.
    """
    write_json_lines()
    report("started", f"starting the app in {app}")
    configuration = read_host_json(app, os.environ)
    worker = Worker(app)
    report("indexed", f"indexed {', '.join(function.name for function in worker.functions)}")
    listeners, routes = attach(worker, configuration)
    web = bind(
        address, port, Site(worker.functions, routes, configuration.route_prefix, settings.host.keys, worker.invoke)
    )

    stop = Event()
    broken = end_on_trouble(stop)
    threads = [Thread(target=listener.run, args=(stop,), daemon=True) for listener in listeners]
    threads.append(Thread(target=web.serve_forever, daemon=True))
    for thread in threads:
        thread.start()
    report("listening", f"listening on http://{address}:{port}")
    stop.wait()

    report("stopping", f"taking no more work, waiting up to {grace:g} s for what is running")
    web.shutdown()
    wind_down(worker, threads, grace)
    report("stopped", "stopped")
    return 1 if broken.is_set() else 0


def attach(worker: Worker, configuration: HostConfiguration) -> tuple[Sequence[Listener], tuple[Route, ...]]:
    """What makes each function run; raises HostError for bindings that this host does not implement."""
    listeners: list[Listener] = []
    routes: list[Route] = []
    for function in worker.functions:
        if is_disabled(function, os.environ):
            report("disabled", f"{function.name} is disabled, nothing makes it run")
            continue
        match sorted(binding["type"] for binding in function.bindings):
            case ["queueTrigger"]:
                listeners.append(QueueListener.of(function, worker.invoke, configuration.queues, os.environ))
            case ["timerTrigger"]:
                listeners.append(TimerListener.of(function, worker.invoke, os.environ))
            case ["http", "httpTrigger"]:
                routes.append(Route.of(function))
            case types:
                raise HostError(
                    f"{function.name} has the bindings {', '.join(types)}, which this host does not implement"
                )
    return listeners, tuple(routes)


def is_disabled(function: Function, environment: Mapping[str, str]) -> bool:
    """https://learn.microsoft.com/azure/azure-functions/disable-function"""
    return environment.get(f"AzureWebJobs.{function.name}.Disabled", "").lower() in ("1", "true")


def bind(address: str, port: int, site: Site) -> WebServer:
    try:
        return WebServer(address, port, site)
    except OSError as error:
        raise HostError(f"cannot listen on {address}:{port}: {error.strerror}") from error


def end_on_trouble(stop: Event) -> Event:
    """Have `stop` set by a signal, and by a bug in a thread of the host's, which sets the returned event too."""
    for number in signal.SIGTERM, signal.SIGINT:
        signal.signal(number, lambda *_: stop.set())
    broken = Event()

    def report_bug(failure: threading.ExceptHookArgs) -> None:
        HOST.error("the host failed", exc_info=failure.exc_value, extra={"event": "broken"})
        broken.set()
        stop.set()

    threading.excepthook = report_bug
    return broken


def wind_down(worker: Worker, threads: Sequence[Thread], grace: float) -> None:
    """Wait for what is running; if `grace` does not suffice, end the process with status 1.

    It ends at once then, as if killed: Python's own way out would wait for the threads of running functions.
    """
    deadline = time.monotonic() + grace
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    if worker.wait_until_idle(deadline) and not any(thread.is_alive() for thread in threads):
        return
    report("abandoned", f"still running after {grace:g} s: {', '.join(RUNNING.values())}", WARNING)
    logging.shutdown()
    sys.stdout.flush()
    os._exit(1)
