"""What an image is made from, and what is laid over it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import image, image_files
from lab.furnish import furnish

LISTED = """\
# package where what for
python3   both   latch
git       host   backups
frr       image  routers
"""


def test_the_packages_of_the_image_are_those_marked_so() -> None:
    assert image.packages(LISTED) == ("frr", "python3")


def test_every_row_of_the_one_list_says_where_and_what_for() -> None:
    rows = [line.split(maxsplit=2) for line in image.PACKAGES.read_text().splitlines() if not line.startswith("#")]
    assert all(len(row) == 3 and row[1] in ("host", "image", "both") for row in rows), rows
    assert len({row[0] for row in rows}) == len(rows)
    assert {"frr", "frr-snmp", "lldpd", "openvswitch-switch", "systemd"} <= set(
        image.packages(image.PACKAGES.read_text())
    )


def test_another_input_is_another_image() -> None:
    assert image.key((b"a", b"bc")) != image.key((b"ab", b"c"))
    assert image.key((b"a", b"bc")) == image.key((b"a", b"bc"))


def test_a_missing_image_is_said_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVNET_CACHE", str(tmp_path))
    with pytest.raises(image.ImageMissing, match="make setup"):
        image.path()


def test_a_build_that_fails_or_was_interrupted_leaves_no_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVNET_CACHE", str(tmp_path))
    (tmp_path / "image-build-interrupted").mkdir()
    fails = tmp_path / "image.sh"
    fails.write_text('mkdir -p "$1/etc"; echo "E: no such mirror"; exit 1\n')
    monkeypatch.setattr(image, "HERE", tmp_path)
    with pytest.raises(image.ImageMissing, match="no such mirror"):
        image.build(lambda _: None)
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_a_furnished_image_has_no_key_no_password_login_and_no_getty(tmp_path: Path) -> None:
    wanted = tmp_path / "etc/systemd/system/multi-user.target.wants"
    wanted.mkdir(parents=True)
    (wanted / "openvswitch-switch.service").symlink_to("/lib/systemd/system/openvswitch-switch.service")
    keys = tmp_path / "etc/ssh/ssh_host_rsa_key"
    keys.parent.mkdir()
    keys.write_text("made by the package")
    furnish(tmp_path)
    furnish(tmp_path)
    assert not keys.exists()
    assert "PasswordAuthentication no" in (tmp_path / "etc/ssh/sshd_config.d/govnet.conf").read_text()
    assert (tmp_path / "etc/systemd/system/getty.target").readlink() == Path("/dev/null")
    assert not list(wanted.iterdir())
    assert not set(image_files.MASKED) & set(image_files.OFF_UNTIL_NEEDED)
