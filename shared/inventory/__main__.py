"""Check an inventory without contacting anything: `python -m shared.inventory FILE`."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from shared.errors import ConfigError
from shared.inventory.parse import parse
from shared.text import counted


def main() -> int:
    """Print every problem, or what the inventory holds; return the exit status."""
    parser = ArgumentParser(prog="python -m shared.inventory", description="Check an inventory.")
    parser.add_argument("file", type=Path, help="the YAML file")
    file: Path = parser.parse_args().file
    try:
        inventory = parse(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        print(f"cannot read {file}: {error}", file=sys.stderr)
        return 1
    except ConfigError as error:
        print(f"{file}:\n{error}\n{counted(len(error.problems), 'problem')}", file=sys.stderr)
        return 1
    places = sum(len(inventory.places(name)) for name in inventory.certificates)
    print(
        f"{file} is right: {counted(len(inventory.certificates), 'certificate')}, served at {counted(places, 'place')}."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
