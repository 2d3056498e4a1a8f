"""`govnet day0`: a box of metal gets the files that the twin's machine boots with, and secrets go nowhere else."""

from __future__ import annotations

import io
import json
import os
import pty
import shutil
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from change.disk import DiskLink
from inventory.load import load
from inventory.secret_store import AgeStore
from lab import day_zero, image, metal, wiring
from stacks.nspawn import disks

GOVNET = str(Path(sys.executable).parent / "govnet")
DEMO = Path(__file__).parents[2] / "inventory" / "demo"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("day0")
    shutil.copytree(DEMO, folder / "world", ignore=shutil.ignore_patterns("known_hosts"))
    assert govnet(folder, "keys").returncode == 0
    return folder


def govnet(place: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    where = ("--inventory", str(place / "world"), "--state", str(place / "state"))
    return subprocess.run([GOVNET, *words, *where], capture_output=True, check=False)


@pytest.mark.parametrize("name", ["dr-chunya", "sw-chunya", "core-1"])
def test_it_holds_what_the_twin_s_machine_boots_with(place: Path, name: str) -> None:
    done = govnet(place, "day0", name)
    assert done.returncode == 0, done.stderr
    inventory = load(place / "world")
    secrets = AgeStore.open(place / "state" / "secrets", inventory)
    booted = day_zero.files(inventory, wiring.plan(inventory).node(name), secrets, place / "state" / "host-keys")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as tar:
        laid = {f"/{entry.name}": entry for entry in tar if not entry.isdir()}
        for file in booted:
            entry = laid.pop(file.path)
            if isinstance(file, DiskLink):
                assert entry.linkname == file.target
            else:
                content = tar.extractfile(entry)
                assert content is not None and content.read() == file.content
                assert (entry.mode, entry.uname, entry.gname) == (file.mode, file.owner, file.group)
    assert set(laid) == {f"/{file}" for file in metal.FROM_THE_IMAGE}
    assert done.stdout == govnet(place, "day0", name).stdout


def test_a_secret_is_in_the_tar_alone(place: Path, tmp_path: Path) -> None:
    value = AgeStore.open(place / "state" / "secrets", load(place / "world")).value("ospf-mbeya").encode()
    piped = govnet(place, "day0", "dr-chunya")
    assert value in piped.stdout
    assert value not in piped.stderr
    kept = tmp_path / "day0.tar"
    done = govnet(place, "day0", "dr-chunya", "-o", str(kept), "--json")
    assert done.returncode == 0
    assert value not in done.stdout + done.stderr
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert kept.read_bytes() == piped.stdout
    assert govnet(place, "day0", "dr-chunya", "-o", str(kept)).returncode == 2, "it stands already"


def test_nothing_is_written_to_a_terminal(place: Path) -> None:
    ours, theirs = pty.openpty()
    where = ("--inventory", str(place / "world"), "--state", str(place / "state"))
    done = subprocess.run(
        [GOVNET, "day0", "dr-chunya", *where], stdout=theirs, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(theirs)
    os.set_blocking(ours, False)
    with pytest.raises(OSError):  # its other end is closed, and nothing is left in it
        os.read(ours, 1)
    os.close(ours)
    assert done.returncode == 2
    assert "pipe it to ssh" in done.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("web-1", b"web-1 is no router or switch of ours"),
        ("isp-1", b"isp-1 is no router or switch of ours"),
        ("dr-chunia", b"dr-chunia is no device of this world; did you mean `dr-chunya`?"),
    ],
)
def test_a_box_that_is_not_the_networks_is_refused(place: Path, name: str, said: bytes) -> None:
    done = govnet(place, "day0", name)
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in done.stderr


@pytest.fixture
def debian(tmp_path: Path) -> Iterator[Path]:
    """A file system with the packages, to write to."""
    for name in ("upper", "work", "root"):
        (tmp_path / name).mkdir()
    layers = f"lowerdir={image.path()},upperdir={tmp_path}/upper,workdir={tmp_path}/work"
    subprocess.run(["mount", "-t", "overlay", "-o", layers, "overlay", tmp_path / "root"], check=True)
    yield tmp_path / "root"
    subprocess.run(["umount", tmp_path / "root"], check=True)


@pytest.mark.twin
@pytest.mark.parametrize("name", ["dr-chunya", "sw-chunya"])
def test_laid_by_tar_a_disk_is_the_one_that_the_twin_boots_from(
    place: Path, debian: Path, tmp_path: Path, name: str
) -> None:
    """Owners and modes included, by the tar of a Debian with the packages: so such a box boots as the machines do."""
    made = govnet(place, "day0", name).stdout
    subprocess.run(["chroot", debian, "tar", "-xp", "-C", "/"], input=made, check=True)
    inventory = load(place / "world")
    secrets = AgeStore.open(place / "state" / "secrets", inventory)
    files = metal.files(inventory, name, secrets, place / "state" / "host-keys")
    disks.write(image.path(), tmp_path / "twin", files)
    for file in files:
        ours, twins = debian / file.path.lstrip("/"), tmp_path / "twin" / "upper" / file.path.lstrip("/")
        one, other = ours.lstat(), twins.lstat()
        assert (one.st_mode, one.st_uid, one.st_gid) == (other.st_mode, other.st_uid, other.st_gid), file.path
        if isinstance(file, DiskLink):
            assert os.readlink(ours) == os.readlink(twins)
        else:
            assert ours.read_bytes() == twins.read_bytes()


@pytest.mark.twin
def test_the_latch_alone_answers_where_it_was_laid(debian: Path) -> None:
    made = subprocess.run([GOVNET, "latch"], stdout=subprocess.PIPE, check=True).stdout
    subprocess.run(["chroot", debian, "tar", "-xp", "-C", "/"], input=made, check=True)
    asked = ["chroot", debian, "/usr/local/sbin/govnet-latch", "inspect"]
    answer = subprocess.run(asked, input='{"step": "none"}', capture_output=True, text=True, check=False)
    assert json.loads(answer.stdout)["state"] == "absent", answer.stderr
    wanted = debian / "etc/systemd/system/basic.target.wants/govnet-latch-boot.service"
    assert (debian / os.readlink(wanted).lstrip("/")).is_file(), "its boot unit is enabled"
    with tarfile.open(fileobj=io.BytesIO(made)) as tar:
        assert not [name for name in tar.getnames() if "snmp" in name or "ssh" in name], "the rest is the box's own"
