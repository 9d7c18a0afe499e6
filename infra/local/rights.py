"""What our identity may do in a cluster: the files of infra/kubernetes, as an overlay of kustomize applies them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ACCESS = Path(__file__).parents[1] / "kubernetes"

NOBODY = "00000000-0000-0000-0000-000000000000"
"""Whom the files name, for an overlay to replace."""


def rights(piece: str, user: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of one folder, and of those that it builds on, for this user."""
    folder = ACCESS / piece
    for resource in yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]:
        path = (folder / resource).resolve()
        if path.is_dir():
            yield from rights(path.name, user)
        else:
            yield yaml.safe_load(path.read_text().replace(NOBODY, user))
