"""How a stand-in is started: `python -m infra.local.standins.<name> --config FILE.json`."""

from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path

import msgspec

from infra.local.pki import write_private


@dataclass(frozen=True, slots=True)
class Listener:
    """Where to listen: https with these two PEM files, http without."""

    address: str
    port: int
    certificate: str | None = None
    key: str | None = None

    @property
    def origin(self) -> str:
        """The listener's URL without a closing slash."""
        return f"{'https' if self.certificate else 'http'}://{self.address}:{self.port}"


def config_file() -> Path:
    """The file named on the command line."""
    parser = ArgumentParser(description="A stand-in for a closed service, on loopback.")
    parser.add_argument("--config", type=Path, required=True, help="a JSON file")
    config: Path = parser.parse_args().config
    return config


def read_config[T](path: Path, shape: type[T]) -> T:
    """The file as a `shape`, which is a frozen dataclass; exits with what is wrong and where in the file."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=shape)
    except msgspec.DecodeError as error:
        raise SystemExit(f"{path}: {error}") from error


def write_config(path: Path, config: object) -> None:
    """What `read_config` reads; for its owner's eyes, as it may hold secrets."""
    write_private(path, msgspec.json.encode(config))
