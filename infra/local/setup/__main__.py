"""Install what the local stack needs and this machine lacks; a second run finds everything there.

With --tests: what tests need besides.
"""

import sys
import time
from argparse import ArgumentParser

from infra.local.setup.apt import install_packages, unpack_postfix
from infra.local.setup.azure_tools import install_azure_tools
from infra.local.setup.builds import (
    build_actionlint,
    build_control_plane,
    build_pebble,
    build_step_ca,
    install_azurite,
    install_serles,
)
from infra.local.setup.steps import SetupError, alone
from infra.local.tools import Tools


def install_stack() -> None:
    install_packages()
    build_pebble()
    install_azurite()
    build_control_plane()
    Tools.find()


def install_test_tools() -> None:
    """Servers that the local stack does not run and tests do, and what checks `infra/azure` and the pipelines."""
    unpack_postfix()
    build_step_ca()
    install_serles()
    install_azure_tools()
    build_actionlint()


def main() -> None:
    parser = ArgumentParser(prog="python -m infra.local.setup", description=__doc__)
    parser.add_argument("--tests", action="store_true", help="install what tests need besides the local stack")
    tests: bool = parser.parse_args().tests
    began = time.monotonic()
    try:
        with alone():
            install_test_tools() if tests else install_stack()
    except SetupError as error:
        sys.exit(str(error))
    print(f"{'The tests have' if tests else 'The local stack has'} all programs ({time.monotonic() - began:.1f} s).")


main()
