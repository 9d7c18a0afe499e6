"""Microsoft's Python worker library, driven in this process.

It is the library that runs functions in Azure (`azure-functions-runtime`), spoken to with the messages that Azure's
host would send over gRPC: init, which indexes the app; metadata; load; and an invocation request per event.
https://github.com/Azure/azure-functions-python-worker
"""

import asyncio
import json
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from logging import ERROR
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import azure_functions_runtime as library

from infra.local.host import protos
from infra.local.host.logs import RUNNING, report
from infra.local.host.settings import HostError

PAUSE = 0.02
"""Seconds between two looks at what is still running."""


@dataclass(frozen=True, slots=True)
class Function:
    """An indexed function; `bindings` are its decorators' as in function.json, the trigger among them."""

    name: str
    id: str
    bindings: tuple[Mapping[str, Any], ...]

    @property
    def trigger(self) -> Mapping[str, Any]:
        return next(binding for binding in self.bindings if binding["type"].endswith("Trigger"))


@dataclass(frozen=True, slots=True)
class Result:
    """How an invocation ended; `returned` is None for functions without a return value."""

    succeeded: bool
    returned: protos.TypedData | None


type Metadata = Mapping[str, protos.TypedData]
type Invoke = Callable[[Function, protos.TypedData, Metadata], Future[Result]]


class Worker:
    """The library with one app loaded. It keeps its state in globals, so there can be one per process."""

    def __init__(self, app: Path) -> None:
        """Index and load the functions in `app`; raises HostError with the library's words if it cannot."""
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, name="worker", daemon=True).start()
        library.start_threadpool_executor()
        self.functions = self._index(app)

    def _index(self, app: Path) -> tuple[Function, ...]:
        sys.path.insert(0, str(app))
        init = SimpleNamespace(capabilities={}, function_app_directory=str(app))
        response = self._ask(library.worker_init_request, worker_init_request=init)
        if response.result.status != protos.StatusResult.Success:
            error = response.result.exception
            raise HostError(f"the app in {app} cannot be indexed: {error.message}\n{error.stack_trace}")
        # Metadata is answered with success whatever there is, so an empty app must be noticed here.
        found = self._ask(library.functions_metadata_request).function_metadata_results
        if not found:
            raise HostError(f"no functions were found in {app}: is there a function_app.py that registers them?")
        for function in found:
            load = SimpleNamespace(function_id=function.function_id)
            self._ask(library.function_load_request, function_load_request=load)
        return tuple(
            Function(found.name, found.function_id, tuple(map(json.loads, found.raw_bindings))) for found in found
        )

    def _ask(self, request: Callable[..., Any], **content: object) -> Any:
        return asyncio.run_coroutine_threadsafe(request(message(**content)), self.loop).result()

    def invoke(self, function: Function, value: protos.TypedData, metadata: Metadata) -> Future[Result]:
        """Run `function` with `value` for its trigger's parameter, in the pool of PYTHON_THREADPOOL_THREAD_COUNT."""
        invocation = str(uuid4())
        RUNNING[invocation] = function.name
        return asyncio.run_coroutine_threadsafe(self._run(invocation, function, value, metadata), self.loop)

    async def _run(self, invocation: str, function: Function, value: protos.TypedData, metadata: Metadata) -> Result:
        library.invocation_id_cv.set(invocation)  # for async functions; the library does it for the others
        report("executing", f"executing {function.name}")
        began = time.monotonic()
        try:
            response = await library.invocation_request(
                message(
                    invocation_request=SimpleNamespace(
                        invocation_id=invocation,
                        function_id=function.id,
                        input_data=[protos.ParameterBinding(name=function.trigger["name"], data=value)],
                        trigger_metadata=metadata,
                        trace_context=SimpleNamespace(trace_parent="", trace_state="", attributes={}),
                        retry_context=SimpleNamespace(retry_count=0, max_retry_count=0, exception=None),
                    )
                )
            )
            duration = round(time.monotonic() - began, 3)
            if response.result.status == protos.StatusResult.Success:
                report("executed", f"executed {function.name} in {duration} s", duration=duration)
                return Result(True, response.return_value)
            error = response.result.exception
            text = f"{function.name} failed after {duration} s: {error.message}"
            report("failed", text, ERROR, duration=duration, exception=error.stack_trace)
            return Result(False, None)
        finally:
            del RUNNING[invocation]

    def wait_until_idle(self, deadline: float) -> bool:
        """Whether every invocation ended by `deadline` (monotonic seconds)."""
        while RUNNING and time.monotonic() < deadline:
            time.sleep(PAUSE)
        return not RUNNING


def message(**content: object) -> SimpleNamespace:
    """A message from the host as the library expects it."""
    return SimpleNamespace(request=SimpleNamespace(**content), properties={"protos": protos, "host": None})
