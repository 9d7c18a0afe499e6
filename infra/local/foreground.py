"""Keep a stack and its functions host running until SIGTERM or Ctrl-C: `python -m infra.local.foreground`."""

import shutil
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.loopback import NoBlockError
from infra.local.processes import StartError
from infra.local.running import write_note
from infra.local.stack import running_stack, start_host
from infra.local.tools import MissingToolError

KEPT = ("logs", "demo.json")


@contextmanager
def swept(folder: Path) -> Iterator[None]:
    """Leave logs and results behind, and nothing else: no key, no configuration of a stack that is gone."""
    try:
        yield
    finally:
        for path in folder.iterdir():
            if path.name not in KEPT:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def main() -> None:
    parser = ArgumentParser(description="Keep the local stack running.")
    parser.add_argument("--folder", type=Path, required=True, help="where its files and logs go")
    folder: Path = parser.parse_args().folder.resolve()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with swept(folder), running_stack(folder) as stack:
            start_host(stack)
            with write_note(stack):
                signal.pause()
    except (StartError, NoBlockError, MissingToolError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
