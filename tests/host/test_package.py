"""What `make package` makes is all there is to deploy: it loads by itself, from bytecode that nothing invalidates."""

import json
import subprocess
import sys
import zipfile
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from infra.local.stack import APP

UNCHECKED = 1
"""The flags of bytecode that is taken as it is (PEP 552)."""

LOAD = """
import json, sys
sys.path[:0] = sys.argv[1:]
import function_app, shared.compose
names = [function.get_function_name() for function in function_app.app.get_functions()]
files = [getattr(module, "__file__", None) or "" for module in sys.modules.values()]
loaded = [file for file in files if file.startswith(sys.argv[2]) and file.endswith(".py")]
print(json.dumps([names, loaded]))
"""


@pytest.mark.timeout(300)
def test_the_package_loads_from_its_own_bytecode_and_nothing_else(tmp_path: Path) -> None:
    subprocess.run([APP / "infra/local/package.sh", tmp_path / "app.zip"], check=True)
    with zipfile.ZipFile(tmp_path / "app.zip") as package:
        package.extractall(tmp_path / "app")
    app, packages = tmp_path / "app", tmp_path / "app/.python_packages/lib/site-packages"

    command = [sys.executable, "-I", "-S", "-c", LOAD, str(packages), str(app)]
    names, loaded = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    assert {"tick", "renew", "bury", "watch"} <= set(names)
    bytecode = [Path(cache_from_source(path)).read_bytes() for path in loaded]
    assert len(bytecode) > len(names)
    assert {int.from_bytes(header[4:8], "little") for header in bytecode} == {UNCHECKED}
    assert not [path for path in app.iterdir() if path.name in {"tests", "infra", "docs", ".git", ".venv"}]
