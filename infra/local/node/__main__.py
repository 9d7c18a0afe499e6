"""python -m infra.local.node --config FILE.json"""

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
from pathlib import Path

from infra.local.node.api import ClusterApi
from infra.local.node.behaviour import NodeConfig, load
from infra.local.node.child_processes import ChildProcesses
from infra.local.node.node import Node


async def serve(config: NodeConfig) -> None:
    """Run the node until SIGTERM or SIGINT cancel it."""
    task = asyncio.current_task()
    assert task
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, task.cancel)
    children = ChildProcesses()
    try:
        await Node(config, ClusterApi(config.kubeconfig), children).run()
    finally:
        children.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.local.node", description="A node of one local cluster.")
    parser.add_argument("--config", type=Path, required=True, help="JSON file with the fields of NodeConfig")
    config = load(parser.parse_args().config)
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("urllib3.connectionpool").setLevel(
        logging.ERROR
    )  # it tells each attempt, while the API server restarts
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(serve(config))


if __name__ == "__main__":
    main()
