"""Files that are torn, rotten or cannot be written: the box still ends as before, or says that a person must look."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.latch.toy import NEW, OLD, Toy, assert_whole, new_toy


def torn(data: bytes) -> bytes:
    return data[: len(data) // 2]


def emptied(_: bytes) -> bytes:
    return b""


def rotten(data: bytes) -> bytes:
    place = data.index(b"tried")
    return data[:place] + b"T" + data[place + 1 :]


def not_text(data: bytes) -> bytes:
    return b"\xff" + data


@pytest.mark.parametrize("damage", [torn, emptied, rotten, not_text])
def test_a_damaged_record_of_a_tried_change_is_undone(toy: Toy, damage: object) -> None:
    toy.call("arm", toy.arm_request())
    toy.call("try")
    record = toy.box.state / "record.json"
    assert callable(damage)
    record.write_bytes(damage(record.read_bytes()))
    assert toy.call("inspect").answer["state"] == "reverting"
    assert toy.call("confirm").status == 3
    assert assert_whole(toy) == "reverted"


@pytest.mark.parametrize("damage", [torn, emptied, not_text])
def test_a_damaged_record_with_no_step_open_is_for_a_person(toy: Toy, damage: object) -> None:
    toy.call("arm", toy.arm_request())
    toy.call("revert")
    record = toy.box.state / "record.json"
    assert callable(damage)
    record.write_bytes(damage(record.read_bytes()))
    assert toy.call("inspect").answer["state"] == "broken"
    assert toy.call("arm", toy.arm_request("step-2")).status == 5
    assert toy.live() == OLD


@pytest.mark.parametrize("damage", [torn, emptied, not_text])
def test_a_damaged_pre_image_is_for_a_person(toy: Toy, damage: object) -> None:
    toy.call("arm", toy.arm_request())
    toy.call("try")
    order = toy.box.state / "step.json"
    assert callable(damage)
    order.write_bytes(damage(order.read_bytes()))
    assert toy.overdue().status == 5
    seen = toy.call("inspect").answer
    assert seen["state"] == "broken" and "step.json" in str(seen["detail"])
    assert toy.started_up_with() == OLD


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Toy]:
    """A box on a file system of 256 KiB."""
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)], check=True)
    yield new_toy(place)
    subprocess.run(["umount", str(place)], check=True)


def fill(toy: Toy) -> None:
    """Until not one page is left."""
    with (toy.root / "filler").open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while True:
            os.write(file.fileno(), bytes(1024))


def test_an_arm_on_a_full_disk_is_refused(small: Toy) -> None:
    small.call("recover", {})
    fill(small)
    assert small.call("arm", small.arm_request()).status == 3
    assert assert_whole(small) == "absent"


@pytest.mark.parametrize("ending", ["revert", "confirm", "timer"])
def test_the_disk_fills_after_the_try(small: Toy, ending: str) -> None:
    """The record has its place set aside, so that the end is written down."""
    small.call("arm", small.arm_request())
    small.call("try")
    fill(small)
    ended = small.overdue() if ending == "timer" else small.call(ending)
    assert ended.status == 0
    (small.root / "filler").unlink()
    assert assert_whole(small) == ("confirmed" if ending == "confirm" else "reverted")
    assert small.live() == (NEW if ending == "confirm" else OLD)
