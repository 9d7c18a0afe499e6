"""A release: the zip, what it is made of, the SHA-256 of both, and a signature of these if a key is given.

`.local/releases/ENV/VERSION` holds `relaykeeper.zip`, `relaykeeper.cdx.json` (CycloneDX), `SHA256SUMS` as sha256sum(1)
reads it, and `SHA256SUMS.sig` as `ssh-keygen -Y verify` reads it.
"""

import hashlib
import re
import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from infra.deploy.programs import DeployError, run
from infra.local.packaging import APP

PACKAGE, COMPONENTS, SUMS = "relaykeeper.zip", "relaykeeper.cdx.json", "SHA256SUMS"
NAMESPACE = "relaykeeper-release"
"""What a signature is for (`ssh-keygen -Y`, -n): one made for another purpose does not pass."""

VERSION_FILE = "shared/version.py"


@dataclass(frozen=True, slots=True)
class Release:
    """A folder that holds a whole release, and the version that its package says."""

    folder: Path
    version: str

    @property
    def package(self) -> Path:
        return self.folder / PACKAGE

    @property
    def sha256(self) -> str:
        return sha256(self.package)

    def refuse_without(self, inventory: str, app: str) -> None:
        """Raise DeployError if the package has no such file, from which the app would start and do nothing."""
        with zipfile.ZipFile(self.package) as opened:
            if inventory not in opened.namelist():
                raise DeployError(
                    f"{self.folder} holds no {inventory}, which {app} reads (`inventory_file`); nothing was uploaded. "
                    "It is another environment's release, or was made with another INVENTORY."
                )


def make_release(releases: Path, inventory: Path, key: Path | None) -> Release:
    """Package this commit with that inventory. Raises DeployError if tracked files differ from the commit."""
    releases.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=releases) as folder:
        made = Path(folder) / "release"
        made.mkdir()
        run([APP / "infra/local/package.sh", made / PACKAGE, inventory], "cannot make the package")
        version = version_of(made / PACKAGE)
        if version.endswith(".dirty"):
            raise DeployError(
                f"{version} is not deployed: tracked files differ from the commit, so nobody could make it again. "
                "Commit them, or put them aside (git stash)."
            )
        (made / SUMS).write_text("".join(f"{sha256(made / name)}  {name}\n" for name in (PACKAGE, COMPONENTS)))
        if key:
            sign: list[str | Path] = ["ssh-keygen", "-Y", "sign", "-f", key, "-n", NAMESPACE, made / SUMS]
            run(sign, f"cannot sign {version} with {key}")
        shutil.rmtree(releases / version, ignore_errors=True)
        made.rename(releases / version)
    return Release(releases / version, version)


def read_release(folder: Path) -> Release:
    """Return the release in a folder. Raises DeployError if its files are not those that its sums name."""
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
        sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
        wrong = [name for name in (PACKAGE, COMPONENTS) if sums.get(name) != sha256(folder / name)]
    except OSError as error:
        raise DeployError(f"{folder} holds no release: {error}") from None
    if wrong:
        raise DeployError(
            f"{folder}: {', '.join(wrong)} is not what {SUMS} names. Get the release again, or remake it."
        )
    return Release(folder, version_of(folder / PACKAGE))


def version_of(package: Path) -> str:
    """Return the version that `/api/health` will name. Raises DeployError if the zip has none."""
    with zipfile.ZipFile(package) as opened:
        found = re.search(r'^RELEASE = "([^"]+)"$', opened.read(VERSION_FILE).decode(), re.MULTILINE)
    if found is None:
        raise DeployError(f"{package} names no release in {VERSION_FILE}: make it with `make deploy` or `make package`")
    return found[1]


def sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
