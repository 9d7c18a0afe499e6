"""Secret volumes change as under a kubelet: by one rename, seen by all who open a path, and by nobody halfway."""

import os
from pathlib import Path, PurePosixPath

import pytest

from infra.local.node.podspec import Mount
from infra.local.node.volumes import attach, project

OURS = os.getgid()
OLD = {"default.pem": b"old certificate", "mail.example.pem": b"old, by name"}
NEW = {"default.pem": b"new certificate", "other.example.pem": b"new, by name"}


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    volume = tmp_path / "volume"
    volume.mkdir()
    project(volume, OLD, group=OURS)
    return volume


def seen(volume: Path) -> dict[str, bytes]:
    """What a relay finds in the folder."""
    return {path.name: path.read_bytes() for path in volume.iterdir() if not path.name.startswith("..")}


def test_every_key_is_a_file(volume: Path) -> None:
    assert seen(volume) == OLD


def test_a_change_brings_takes_and_replaces_files(volume: Path) -> None:
    assert project(volume, NEW, group=OURS)
    assert seen(volume) == NEW


def test_the_same_content_is_left_alone(volume: Path) -> None:
    before = (volume / "..data").readlink()

    assert not project(volume, dict(OLD), group=OURS)
    assert (volume / "..data").readlink() == before


def test_all_files_change_by_one_rename(volume: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before_and_after: list[dict[str, bytes]] = []
    rename = Path.rename

    def watched(self: Path, target: Path) -> Path:
        before_and_after.append(seen(volume))
        renamed = rename(self, target)
        before_and_after.append({key: (volume / "..data" / key).read_bytes() for key in NEW})
        return renamed

    monkeypatch.setattr(Path, "rename", watched)
    project(volume, NEW, group=OURS)

    assert before_and_after == [OLD, NEW]


def test_an_open_file_keeps_its_content(volume: Path) -> None:
    with (volume / "default.pem").open("rb") as certificate:
        project(volume, NEW, group=OURS)
        assert certificate.read() == b"old certificate"


def test_one_folder_of_content_is_left(volume: Path) -> None:
    project(volume, NEW, group=OURS)

    folders = [path for path in volume.iterdir() if path.is_dir() and not path.is_symlink()]
    assert folders == [(volume / "..data").resolve()]


def test_an_emptied_secret_leaves_no_file(volume: Path) -> None:
    project(volume, {}, group=OURS)
    assert seen(volume) == {}


def test_only_owner_and_group_can_read(volume: Path) -> None:
    for key in OLD:
        assert (volume / key).stat().st_mode & 0o777 == 0o440


@pytest.mark.parametrize(("sub_path", "expected"), [(None, b"new certificate"), ("default.pem", b"old certificate")])
def test_a_mount_follows_its_secret_unless_by_sub_path(
    volume: Path, tmp_path: Path, sub_path: str | None, expected: bytes
) -> None:
    root = tmp_path / "root"
    path = PurePosixPath("/etc/relay/tls") / (sub_path or "")
    attach(volume, Mount("tls", path, sub_path), root)

    project(volume, NEW, group=OURS)

    assert (root / "etc/relay/tls/default.pem").read_bytes() == expected
