"""What `make package` makes is all there is to deploy: it loads by itself, from bytecode that nothing invalidates, and
the same commit makes it again."""

import json
import shutil
import subprocess
import sys
import zipfile
from importlib.util import cache_from_source
from pathlib import Path
from secrets import token_hex

import pytest

from infra.deploy.release import version_of
from infra.local.stack import APP
from shared.version import RELEASE

PLANTED = (".env", "notes.txt", "shared/key.pem", "shared/.env", "functions/not_added_yet.py", "clusters/other.key")
"""What may lie about in a checkout, and be ignored by Git or not yet added."""

CANARY = token_hex(20)

UNCHECKED = 1
"""The flags of bytecode that is taken as it is (PEP 552)."""

BELONGS = {
    ".python_packages",
    "__pycache__",
    "function_app.py",
    "functions",
    "host.json",
    "inventory.example.yaml",
    "requirements.txt",
    "shared",
}
NEVER_IMPORTED = ("OpenSSL", "kubernetes/aio", "acme/_internal/tests", "bin")

LOAD = """
import json, sys
sys.path[:0] = sys.argv[1:]
import function_app, shared.compose
names = [function.get_function_name() for function in function_app.app.get_functions()]
files = [getattr(module, "__file__", None) or "" for module in sys.modules.values()]
loaded = [file for file in files if file.startswith(sys.argv[2]) and file.endswith(".py")]
print(json.dumps([names, loaded]))
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout of this app in which files lie about that hold CANARY."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=APP, capture_output=True, text=True, check=True).stdout
    for name in filter(None, tracked.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(APP / name, folder / name)
    commit = ["-c", "user.name=Anna", "-c", "user.email=anna@example.net", "commit", "--quiet", "--message=a release"]
    for command in (["init", "--quiet"], ["add", "--all"], commit):
        subprocess.run(["git", *command], cwd=folder, check=True)
    (folder / ".venv").symlink_to(APP / ".venv")
    for name in PLANTED:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(f"SECRET = '{CANARY}'")
    return folder


@pytest.mark.timeout(300)
def test_the_package_loads_from_its_own_bytecode_and_nothing_else(tmp_path: Path, checkout: Path) -> None:
    package_again = [checkout / "infra/local/package.sh", tmp_path / "again.zip"]
    with subprocess.Popen(package_again) as again:
        subprocess.run([checkout / "infra/local/package.sh", tmp_path / "app.zip"], check=True)
        assert again.wait() == 0
    head = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=checkout, capture_output=True, check=True)
    with zipfile.ZipFile(tmp_path / "app.zip") as package:
        package.extractall(tmp_path / "app")
    app, packages = tmp_path / "app", tmp_path / "app/.python_packages/lib/site-packages"

    command = [sys.executable, "-I", "-S", "-c", LOAD, str(packages), str(app)]
    names, loaded = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    assert {"tick", "renew", "handle_poison", "watch"} <= set(names)
    bytecode = [Path(cache_from_source(path)).read_bytes() for path in loaded]
    assert len(bytecode) > len(names)
    assert {int.from_bytes(header[4:8], "little") for header in bytecode} == {UNCHECKED}
    assert {path.name for path in app.iterdir()} == BELONGS
    assert not [path for path in app.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]
    assert not [path for path in packages.rglob("*") if b"PRIVATE KEY-----\n" in head_of(path)]
    assert (tmp_path / "app.zip").read_bytes() == (tmp_path / "again.zip").read_bytes()
    assert version_of(tmp_path / "app.zip") == f"{RELEASE}+{head.stdout.decode().strip()}"
    components = json.loads((tmp_path / "app.cdx.json").read_bytes())["components"]
    installed = {each.name.partition(".dist-info")[0] for each in packages.glob("*.dist-info")}
    assert {f"{each['name']}-{each['version']}".lower().replace("-", "_") for each in components} == {
        name.lower().replace("-", "_") for name in installed
    }
    assert not [name for name in NEVER_IMPORTED if (packages / name).exists()]


def head_of(path: Path) -> bytes:
    """Return a PEM file's beginning; nothing of any other file."""
    return path.read_bytes()[:100] if path.suffix in {".pem", ".key"} else b""
