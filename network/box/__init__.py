"""What govnet puts on a box: the latch, its part handlers, and the units that go with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from inventory.model import Platform

CHECKOUT = Path(__file__).parents[2]
LIBRARY = "/usr/local/lib/govnet"
BOOT_UNIT = "govnet-latch-boot.service"
KINDS: dict[Platform, tuple[str, ...]] = {
    Platform.FRR: ("interfaces", "frr", "file"),
    Platform.IFUPDOWN2: ("interfaces", "file"),
    Platform.DEBIAN: (),
    Platform.NONE: (),
}
CLASSES = {"interfaces": "Interfaces", "frr": "Frr", "file": "File"}
MODULES = ("network/tree.py", "network/box/part.py", "network/box/bound.py")
PACKAGES = ("change/__init__.py", "network/__init__.py", "network/box/__init__.py")
"""Empty on the box: what they hold here is no business of its programs."""

BOOT = """\
[Unit]
Description=govnet latch: end what was not confirmed, before anything reads its configuration
DefaultDependencies=no
Conflicts=shutdown.target
After=local-fs.target
Before=basic.target network-pre.target networking.service openvswitch-switch.service shutdown.target
Wants=network-pre.target

[Service]
Type=oneshot
RemainAfterExit=yes
RuntimeDirectory=govnet-latch
RuntimeDirectoryMode=0700
ExecStart=/usr/local/sbin/govnet-latch recover
StandardInput=null

[Install]
WantedBy=basic.target
"""

SNMPD_USERS = """\
# snmpd keeps users that it once had in a file of its own, so that one taken back would stay. They are those of
# /etc/snmp/snmpd.conf and no others; the engine's boots and identity (RFC 3414, 2.2) are left as they are.
[Service]
ExecStartPre=-/bin/sed -i /^usmUser/d /var/lib/snmp/snmpd.conf
"""


@dataclass(frozen=True)
class InstalledFile:
    """An absolute path on the box, owned by root."""

    path: str
    content: bytes
    mode: int


@dataclass(frozen=True)
class Installation:
    files: tuple[InstalledFile, ...]
    units: tuple[str, ...]
    """To enable (systemctl enable)."""


def installation(platform: Platform) -> Installation:
    """What day-0 puts on a box of this platform; nothing where the box is not the network's."""
    kinds = KINDS[platform]
    if not kinds:
        return Installation((), ())
    program = (str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "change/latch").glob("*.py"))
    modules = sorted({*program, *MODULES, "network/box/interfaces.py", *(f"network/box/{kind}.py" for kind in kinds)})
    return Installation(
        files=(
            InstalledFile("/usr/local/sbin/govnet-latch", latch(), 0o755),
            *(InstalledFile(f"{LIBRARY}/parts/{kind}", handler(kind), 0o755) for kind in kinds),
            *(InstalledFile(f"{LIBRARY}/{name}", b"", 0o644) for name in PACKAGES),
            *(InstalledFile(f"{LIBRARY}/{name}", (CHECKOUT / name).read_bytes(), 0o644) for name in modules),
            InstalledFile(f"/etc/systemd/system/{BOOT_UNIT}", BOOT.encode(), 0o644),
            InstalledFile("/etc/systemd/system/snmpd.service.d/govnet.conf", SNMPD_USERS.encode(), 0o644),
        ),
        units=(BOOT_UNIT,),
    )


def launcher(*lines: str) -> bytes:
    """An executable: the same modules as here, under the same names. -B: no bytecode that a power cut could tear."""
    return "\n".join(("#!/usr/bin/python3 -IB", "import sys", f'sys.path.insert(0, "{LIBRARY}")', *lines, "")).encode()


def latch() -> bytes:
    program = "from change.latch.program import main"
    return launcher("from change.latch.box import Box", program, "sys.exit(main(sys.argv, Box()))")


def handler(kind: str) -> bytes:
    name = CLASSES[kind]
    program = "from network.box.part import main"
    return launcher(f"from network.box.{kind} import {name}", program, f"sys.exit(main({name}()))")
