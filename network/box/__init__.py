"""What govnet puts on a box of the network: the latch, its part handlers, and the units that go with them."""

from __future__ import annotations

from change.disk import UNITS, DiskEntry, DiskFile
from change.installation import latch
from inventory.model import Platform

KINDS: dict[Platform, tuple[str, ...]] = {
    Platform.FRR: ("interfaces", "frr", "file"),
    Platform.IFUPDOWN2: ("interfaces", "file"),
    Platform.DEBIAN: (),
    Platform.NONE: (),
}
CLASSES = {"interfaces": "Interfaces", "frr": "Frr", "file": "File"}
MODULES = ("network/tree.py", "network/box/part.py", "network/box/bound.py", "network/box/interfaces.py")

SNMPD_DROP_IN = f"{UNITS}/snmpd.service.d/govnet.conf"
SNMPD_USERS = """\
# snmpd keeps users that it once had in a file of its own, so that one taken back would stay. They are those of
# /etc/snmp/snmpd.conf and no others; the engine's boots and identity (RFC 3414, 2.2) are left as they are.
[Service]
ExecStartPre=-/bin/sed -i /^usmUser/d /var/lib/snmp/snmpd.conf
"""


def installation(platform: Platform) -> tuple[DiskEntry, ...]:
    """What day-0 puts on a box of this platform; nothing where the box is not the network's."""
    kinds = KINDS[platform]
    if not kinds:
        return ()
    modules = {*MODULES, *(f"network/box/{kind}.py" for kind in kinds)}
    return (
        *latch({kind: launched(kind) for kind in kinds}, modules, before=("openvswitch-switch.service",)),
        DiskFile(SNMPD_DROP_IN, SNMPD_USERS.encode()),
    )


def launched(kind: str) -> tuple[str, ...]:
    name = CLASSES[kind]
    program = "from network.box.part import main"
    return (f"from network.box.{kind} import {name}", program, f"sys.exit(main({name}()))")
