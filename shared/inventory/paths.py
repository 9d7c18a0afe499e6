"""Places in a YAML document."""

type Path = tuple[str | int, ...]
"""Keys and 0-based positions from the top of the document down to one value."""


def spell(path: Path) -> str:
    """`path` as a person writes it: `relays.dev.ports[1]`, `zones."example.net".resource_group`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{_spell_key(step)}" for step in path)
    return "".join(steps).removeprefix(".")


def _spell_key(key: str) -> str:
    return f'"{key}"' if "." in key or " " in key or not key.isprintable() else key
