"""Run a Function App on this machine: `python -m infra.local.host --settings local.settings.json`.

A host for tests and the demo, which obeys the rules of Azure's with Microsoft's own worker library inside. Where they
are set, the settings' Values replace what the environment holds, so that a run does not depend on the shell.
"""

import argparse
import os
import sys
from pathlib import Path

from infra.local.host.settings import HostError, read_settings


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.local.host", description="Run a Function App locally.")
    parser.add_argument("--settings", type=Path, required=True, help="a file like local.settings.json")
    parser.add_argument("--app", type=Path, default=Path(), help="where host.json and function_app.py are (default: .)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="the port (default: Host.LocalHttpPort of the settings, else 7071)")
    parser.add_argument("--grace", type=float, default=5.0, help="seconds to end in after a signal (default: 5)")
    arguments = parser.parse_args()
    try:
        settings = read_settings(arguments.settings)
        os.environ.update(settings.values)
        from infra.local.host.serve import serve  # the worker library reads the environment

        port = arguments.port or settings.host.local_http_port
        return serve(arguments.app.resolve(), settings, arguments.host, port, arguments.grace)
    except HostError as reason:
        print(f"cannot start: {reason}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
