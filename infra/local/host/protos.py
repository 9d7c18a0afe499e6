"""Stand-ins for the protobuf classes of Microsoft's worker protocol, as far as the worker library uses them.

The library takes the whole module as `request.properties["protos"]` and only builds messages and reads their fields,
so a namespace per message serves. A message that is not here, such as RpcHttpCookie, is a feature this host lacks.
https://github.com/Azure/azure-functions-language-worker-protobuf/blob/dev/src/proto/FunctionRpc.proto
"""

from types import SimpleNamespace


class OneOf(SimpleNamespace):
    """A message that holds one field out of several."""

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802 protobuf's own name
        """The name of the field that is set."""
        return next(iter(vars(self)), None)


class TypedData(OneOf):
    """One value: `string`, `bytes`, `json` or `http`; none for an empty body."""


class ParameterBinding(SimpleNamespace):
    """A value for the parameter `name`."""

    def WhichOneof(self, _group: str) -> str:  # noqa: N802 protobuf's own name
        """Always `data`: nothing goes through shared memory here."""
        return "data"


class RpcHttp(SimpleNamespace):
    """A request, or a response."""


class StatusResult(SimpleNamespace):
    """`status`, and the `exception` of a failure."""

    Failure = 0
    Success = 1


class RpcException(SimpleNamespace):
    """`message` and `stack_trace`."""


class BindingInfo(SimpleNamespace):
    """A binding's direction and data type; the numbers are those of azure.functions too."""

    undefined = 0
    out = 1
    inout = 2


class RpcFunctionMetadata(SimpleNamespace):
    """An indexed function."""


class WorkerMetadata(SimpleNamespace):
    """The worker's language and version."""


class WorkerInitResponse(SimpleNamespace):
    """How init went, and with it indexing."""


class FunctionMetadataResponse(SimpleNamespace):
    """The indexed functions."""


class FunctionLoadResponse(SimpleNamespace):
    """How loading went."""


class InvocationResponse(SimpleNamespace):
    """How an invocation went, and what it returned."""
