"""Trees kept and put back: every kind of difference, killed at every write."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from deploys.box import trees
from deploys.box.trees import Tree


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with one of everything."""
    root = tmp_path / "root"
    (root / "folder" / "deep").mkdir(parents=True)
    (root / "folder" / "file").write_text("one\n")
    (root / "folder" / "deep" / "secret").write_text("two\n")
    (root / "folder" / "deep" / "secret").chmod(0o600)
    (root / "folder" / "link").symlink_to("file")
    (root / "empty").mkdir(mode=0o750)
    return root


def touch_content(root: Path) -> None:
    (root / "folder" / "file").write_text("another\n")


def touch_mode(root: Path) -> None:
    (root / "folder" / "deep" / "secret").chmod(0o644)


def touch_owner(root: Path) -> None:
    os.chown(root / "folder" / "file", 1234, 1234)


def remove_file(root: Path) -> None:
    (root / "folder" / "deep" / "secret").unlink()


def remove_tree(root: Path) -> None:
    (root / "folder").rename(root.parent / "gone")


def add(root: Path) -> None:
    (root / "new" / "below").mkdir(parents=True)
    (root / "new" / "below" / "file").write_text("new\n")


def link_becomes_file(root: Path) -> None:
    (root / "folder" / "link").unlink()
    (root / "folder" / "link").write_text("a file\n")


def file_becomes_folder(root: Path) -> None:
    (root / "folder" / "file").unlink()
    (root / "folder" / "file" / "in").mkdir(parents=True)


def folder_becomes_link(root: Path) -> None:
    remove_tree(root)
    (root / "folder").symlink_to("/etc")


def folder_mode(root: Path) -> None:
    (root / "empty").chmod(0o777)


CHANGES: tuple[Callable[[Path], None], ...] = (
    touch_content, touch_mode, touch_owner, remove_file, remove_tree, add, link_becomes_file, file_becomes_folder,
    folder_becomes_link, folder_mode,
)  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_put_back_to_the_byte(root: Path, tmp_path: Path, change: Callable[[Path], None]) -> None:
    kept = (Tree(str(root), True), Tree(str(tmp_path / "absent"), True))
    before = trees.listing(kept)
    trees.keep(kept, tmp_path / "before")
    change(root)
    (tmp_path / "absent").write_text("it was not there\n")
    assert trees.listing(kept) != before
    assert trees.restore(tmp_path / "before")
    assert trees.listing(kept) == before
    assert trees.restore(tmp_path / "before") == set(), "a second time there is nothing to do"


@pytest.mark.parametrize("change", CHANGES)
def test_killed_at_every_write_a_second_restore_ends_it(
    root: Path, tmp_path: Path, change: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = (Tree(str(root), True),)
    before = trees.listing(kept)
    trees.keep(kept, tmp_path / "before")
    for allowed in range(4):
        change(root)
        (tmp_path / "gone").rename(tmp_path / f"gone-{allowed}") if (tmp_path / "gone").exists() else None
        left = [allowed]

        def sync(folder: Path, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(trees, "sync", sync)
            with contextlib.suppress(KeyboardInterrupt):
                trees.restore(tmp_path / "before")
        trees.restore(tmp_path / "before")
        assert trees.listing(kept) == before


def test_a_shallow_tree_is_its_root_alone(root: Path, tmp_path: Path) -> None:
    kept = (Tree(str(root / "folder"), False),)
    trees.keep(kept, tmp_path / "before")
    touch_content(root)
    (root / "folder").chmod(0o700)
    assert trees.restore(tmp_path / "before") == {str(root / "folder")}
    assert (root / "folder" / "file").read_text() == "another\n", "what lies in it is not ours"
    assert (root / "folder").stat().st_mode & 0o777 == 0o755


def test_a_pre_image_is_whole_or_none(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees, "sync", lambda _: (_ for _ in ()).throw(OSError("the disk is full")))
    with pytest.raises(OSError):
        trees.keep((Tree(str(root), True),), tmp_path / "before")
    assert not (tmp_path / "before").exists()


def test_more_than_configuration_is_refused(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees, "LIMIT_OCTETS", 6)
    with pytest.raises(trees.TooLarge):
        trees.listing((Tree(str(root), True),))


def test_the_pre_image_is_for_root_alone(root: Path, tmp_path: Path) -> None:
    trees.keep((Tree(str(root), True),), tmp_path / "before")
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "before").iterdir()}
    assert modes == {0o600} and (tmp_path / "before").stat().st_mode & 0o777 == 0o700
