"""Install what the local stack needs and this machine lacks; a second run finds everything there."""

import sys
import time

from infra.local.setup.apt import install_packages
from infra.local.setup.azurite import install_azurite
from infra.local.setup.builds import build_control_plane, build_pebble
from infra.local.setup.steps import SetupError, alone
from infra.local.tools import Tools


def main() -> None:
    began = time.monotonic()
    try:
        with alone():
            install_packages()
            build_pebble()
            install_azurite()
            build_control_plane()
    except SetupError as error:
        sys.exit(str(error))
    Tools.find()
    print(f"The local stack has all its programs ({time.monotonic() - began:.1f} s).")


main()
