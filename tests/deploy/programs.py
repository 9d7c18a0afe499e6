"""Programs on PATH that stand for OpenTofu, the Azure CLI and `make package`; they write down how they were called."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

PROGRAM = """#!{python} -IS
import json, sys, pathlib
here = pathlib.Path({folder!r})
name = pathlib.Path(sys.argv[0]).name
with (here / "calls").open("a") as calls:
    calls.write(json.dumps([name, *sys.argv[1:]]) + "\\n")
said = " ".join(sys.argv[1:])
for part, answer in json.loads((here / (name + ".json")).read_text()).items():
    if part in said:
        for word in sys.argv:
            if word.startswith("-out="):
                pathlib.Path(word[5:]).write_text("a plan")
        sys.stdout.write(answer["prints"])
        sys.stderr.write(answer["complains"])
        sys.exit(answer["status"])
"""

PACKAGE = """#!{python} -IS
import sys, zipfile, pathlib
target = pathlib.Path(sys.argv[1])
with zipfile.ZipFile(target, "w") as package:
    package.writestr(zipfile.ZipInfo("shared/version.py"), 'RELEASE = "{version}"\\n')
    inventory = pathlib.Path(sys.argv[2])
    package.writestr(zipfile.ZipInfo(inventory.name), inventory.read_text())
target.with_suffix(".cdx.json").write_text("[]")
"""


@dataclass(frozen=True, slots=True)
class Programs:
    """A folder for PATH. An answer holds for command lines that contain its key; without one a program does nothing."""

    folder: Path

    def answer(self, name: str, part: str, prints: str = "", *, complains: str = "", status: int = 0) -> None:
        """Let `name`, called with `part` on its command line, print and end so; what was answered before comes last."""
        file = self.folder / f"{name}.json"
        known = json.loads(file.read_text())
        known.pop(part, None)
        file.write_text(json.dumps({part: {"prints": prints, "complains": complains, "status": status}, **known}))

    def add(self, name: str) -> None:
        (self.folder / f"{name}.json").write_text("{}")
        self._write(self.folder / name, PROGRAM.format(python=sys.executable, folder=str(self.folder)))

    def packaging(self, app: Path, version: str) -> None:
        """Let `make package` of the checkout `app` make a release of that version."""
        script = app / "infra/local/package.sh"
        script.parent.mkdir(parents=True, exist_ok=True)
        self._write(script, PACKAGE.format(python=sys.executable, version=version))

    @property
    def calls(self) -> list[list[str]]:
        file = self.folder / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def called(self, name: str, *words: str) -> list[list[str]]:
        """Return the calls of a program with all these words."""
        return [call for call in self.calls if call[0] == name and set(words) <= set(call)]

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o755)
