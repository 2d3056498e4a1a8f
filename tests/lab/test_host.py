"""What the lab reads of the host, and what it writes on a disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from change.disk import DiskFile, DiskLink
from lab import limits, remains
from lab.doctor import Feature, Finding, examine
from stacks.nspawn import cgroups, disks
from stacks.nspawn.problem import HostProblem

HYBRID = """\
24 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 24 0:26 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
31 24 0:27 / /sys/fs/cgroup/systemd rw,relatime shared:5 - cgroup cgroup rw,name=systemd
32 24 0:28 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
40 24 0:4 net:[4026532300] /run/netns/gv-a-core-1 rw - nsfs nsfs rw
41 24 0:4 net:[4026532301] /run/netns/other rw - nsfs nsfs rw
"""


def test_a_hybrid_kernel_has_two_hierarchies_to_join() -> None:
    found = cgroups.parse_mounts(HYBRID)
    assert found.all == (Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup/systemd"))


def test_a_unified_kernel_has_one() -> None:
    unified = "32 24 0:28 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n"
    assert cgroups.parse_mounts(unified).all == (Path("/sys/fs/cgroup"),)


def test_a_kernel_without_version_2_is_refused_with_what_to_do() -> None:
    with pytest.raises(HostProblem, match="mount -t cgroup2"):
        cgroups.parse_mounts("30 24 0:26 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n")


def test_mounts_of_a_lab_are_told_from_those_of_others() -> None:
    assert remains.mounts("gv-", HYBRID) == ("/run/netns/gv-a-core-1",)
    assert remains.mounts("gv-b", HYBRID) == ()


def test_a_ceiling_is_raised_and_never_lowered(tmp_path: Path) -> None:
    low, high = tmp_path / "fs/inotify/max_user_instances", tmp_path / "fs/inotify/max_user_watches"
    low.parent.mkdir(parents=True)
    low.write_text("128\n")
    high.write_text("99999999\n")
    assert limits.raise_ceilings(tmp_path) == ("fs.inotify.max_user_instances: 128 to 8192",)
    assert high.read_text() == "99999999\n"
    assert limits.raise_ceilings(tmp_path) == ()


@pytest.fixture
def image(tmp_path: Path) -> Path:
    made = tmp_path / "image"
    (made / "etc/frr").mkdir(parents=True)
    (made / "etc/frr").chmod(0o750)
    os.chown(made / "etc/frr", 102, 106)
    (made / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\nfrr:x:102:106::/:/bin/false\n")
    (made / "etc/group").write_text("root:x:0:\nfrr:x:106:\n")
    return made


def test_files_have_the_images_owners_and_modes_whatever_the_umask(image: Path, tmp_path: Path) -> None:
    kept = os.umask(0o077)
    try:
        secret = DiskFile("/etc/frr/frr.conf", b"password canary", 0o640, "frr", "frr")
        disks.write(image, tmp_path / "disk", (secret, DiskLink("/etc/x.wants/y", "/etc/y"), DiskFile("/opt/a/b", b"")))
    finally:
        os.umask(kept)
    upper = tmp_path / "disk/upper"
    written, folder = (upper / "etc/frr/frr.conf").stat(), (upper / "etc/frr").stat()
    assert (written.st_uid, written.st_gid, written.st_mode & 0o7777) == (102, 106, 0o640)
    assert (folder.st_uid, folder.st_gid, folder.st_mode & 0o7777) == (102, 106, 0o750)
    assert upper.stat().st_mode & 0o7777 == 0o755
    assert (upper / "opt/a").stat().st_mode & 0o7777 == 0o755
    assert (tmp_path / "disk").stat().st_mode & 0o7777 == 0o700
    assert (upper / "etc/x.wants/y").readlink() == Path("/etc/y")
    assert "canary" not in repr(secret)


def test_an_owner_that_the_image_does_not_have_is_an_error(image: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="nobody"):
        disks.write(image, tmp_path / "disk", (DiskFile("/a", b"", owner="nobody"),))


def test_a_finding_says_what_stands_in_and_what_is_not_proved() -> None:
    vrf = Feature("VRF", lambda: "", "nothing uses one", "tenants kept apart")
    assert str(Finding(vrf, "")) == "VRF: present"
    assert str(Finding(vrf, "Unknown device type.")) == "VRF: missing; nothing uses one; not proved: tenants kept apart"
    needed = Finding(Feature("veth", lambda: "", None), "Not supported")
    assert needed.fatal
    assert "cannot run" in str(needed)


@pytest.mark.twin
def test_the_doctor_finds_what_the_twin_needs_and_leaves_nothing() -> None:
    before = set(os.listdir("/sys/class/net"))
    findings = examine()
    assert not [str(finding) for finding in findings if finding.fatal]
    assert len(findings) == 12
    assert set(os.listdir("/sys/class/net")) == before
