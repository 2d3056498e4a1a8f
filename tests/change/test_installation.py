"""What the latch lays on a disk, to the byte: its launchers, its modules, and the unit that runs it at each boot."""

from __future__ import annotations

from pathlib import Path

import pytest

from change.disk import DiskEntry, DiskFile, DiskLink, enabled, masked
from change.installation import latch

ROOT = Path(__file__).parents[2]
MODULES = ("network/box/frr.py", "change/chain.py")
HEAD = '#!/usr/bin/python3 -IB\nimport sys\nsys.path.insert(0, "/usr/local/lib/govnet")\n'


def laid(*before: str) -> tuple[DiskEntry, ...]:
    lines = ("from network.box import frr", "frr.main()")
    return latch({"frr": lines, "none": ()}, MODULES, before)


def test_the_launchers_are_run_by_root_and_load_what_is_laid_beside_them() -> None:
    launchers = [entry for entry in laid() if isinstance(entry, DiskFile) and entry.mode != 0o644]
    program = (
        "from change.latch.box import Box\nfrom change.latch.program import main\nsys.exit(main(sys.argv, Box()))\n"
    )
    assert launchers == [
        DiskFile("/usr/local/sbin/govnet-latch", (HEAD + program).encode(), 0o755, "root", "root"),
        DiskFile("/usr/local/lib/govnet/parts/frr", f"{HEAD}from network.box import frr\nfrr.main()\n".encode(), 0o755),
        DiskFile("/usr/local/lib/govnet/parts/none", HEAD.encode(), 0o755),
    ]


def test_each_module_is_this_checkout_s_and_each_folder_a_package() -> None:
    program = {f"change/latch/{path.name}" for path in (ROOT / "change" / "latch").iterdir() if path.suffix == ".py"}
    wanted = {name: (ROOT / name).read_bytes() for name in {*program, *MODULES}}
    wanted |= dict.fromkeys(("change/__init__.py", "network/__init__.py", "network/box/__init__.py"), b"")
    found = [entry for entry in laid() if isinstance(entry, DiskFile) and entry.path.endswith(".py")]
    assert {entry.path: entry.content for entry in found} == {
        f"/usr/local/lib/govnet/{name}": content for name, content in wanted.items()
    }
    assert len(found) == len(wanted)
    packages = [entry.path for entry in found if not entry.content]
    assert packages == sorted(packages), "the same box twice is the same to the byte"


@pytest.mark.parametrize(
    ("before", "words"), [((), ""), (("frr.service", "nginx.service"), "frr.service nginx.service ")]
)
def test_at_boot_the_latch_ends_what_was_open_before_anything_reads_its_configuration(
    before: tuple[str, ...], words: str
) -> None:
    unit, link = laid(*before)[-2:]
    assert isinstance(unit, DiskFile)
    assert unit.path == "/etc/systemd/system/govnet-latch-boot.service"
    assert f"network-pre.target networking.service {words}shutdown.target\n" in unit.content.decode()
    assert link == DiskLink("/etc/systemd/system/basic.target.wants/govnet-latch-boot.service", unit.path)


def test_a_unit_is_enabled_by_a_link_for_each_target_that_wants_it() -> None:
    text = "[Unit]\nAfter=a.target\n[Service]\nExecStart=/bin/x a=b\n[Install]\nWantedBy = one.target two.target\n"
    folder = "/etc/systemd/system"
    assert enabled("x.service", text) == (
        DiskFile(f"{folder}/x.service", text.encode(), 0o644, "root", "root"),
        DiskLink(f"{folder}/one.target.wants/x.service", f"{folder}/x.service"),
        DiskLink(f"{folder}/two.target.wants/x.service", f"{folder}/x.service"),
    )
    assert enabled("x.service", "[Install]\nWantedBy=a=b\n")[1:] == (
        DiskLink(f"{folder}/a=b.wants/x.service", f"{folder}/x.service"),
    ), "a value may have the sign in it"
    assert masked("x.service") == DiskLink(f"{folder}/x.service", "/dev/null")


def test_a_file_is_told_by_its_size_and_never_by_its_content() -> None:
    told = repr(DiskFile("/etc/key", b"a secret", 0o600, "frr", "adm"))
    assert told == "DiskFile('/etc/key', 8 octets, 600, frr:adm)"
