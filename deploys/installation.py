"""What a server is born with for deploys: the latch, the handler of the kind `host`, their units, an empty manifest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from change.canonical import canonical, document_of
from deploys.manifest import EMPTY, PATH, Manifest

CHECKOUT = Path(__file__).parents[1]
LIBRARY = "/usr/local/lib/govnet"
HANDLER = f"{LIBRARY}/parts/host"
LATCH_UNIT = "govnet-latch-boot.service"
HOST_UNIT = "govnet-host-boot.service"
MODULES = ("deploys/box/part.py", "deploys/box/trees.py", "deploys/box/host.py")

LATCH_BOOT = """\
[Unit]
Description=govnet latch: end what was not confirmed, before anything reads its configuration
DefaultDependencies=no
Conflicts=shutdown.target
After=local-fs.target
Before=basic.target network-pre.target networking.service shutdown.target
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

HOST_BOOT = f"""\
[Unit]
Description=govnet deploys: put back what a change left that nobody confirmed, before services start
DefaultDependencies=no
Conflicts=shutdown.target
After=local-fs.target {LATCH_UNIT}
Before=basic.target network-pre.target networking.service shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={HANDLER} boot
StandardInput=null

[Install]
WantedBy=basic.target
"""

LAUNCHER = f"""\
#!/usr/bin/python3 -IB
import sys
sys.path.insert(0, "{LIBRARY}")
from deploys.box.host import main
sys.exit(main())
"""


@dataclass(frozen=True)
class InstalledFile:
    """An absolute path on the server, owned by root."""

    path: str
    content: bytes
    mode: int


def manifest_text(manifest: Manifest) -> str:
    return canonical(document_of(manifest)).decode() + "\n"


def files() -> tuple[InstalledFile, ...]:
    """What day-0 lays on a server's disk."""
    modules = tuple(InstalledFile(f"{LIBRARY}/{name}", (CHECKOUT / name).read_bytes(), 0o644) for name in MODULES)
    return (
        InstalledFile("/usr/local/sbin/govnet-latch", (CHECKOUT / "change/latch.py").read_bytes(), 0o755),
        InstalledFile(HANDLER, LAUNCHER.encode(), 0o755),
        InstalledFile(f"{LIBRARY}/deploys/__init__.py", b"", 0o644),
        InstalledFile(f"{LIBRARY}/deploys/box/__init__.py", b"", 0o644),
        *modules,
        InstalledFile(f"/etc/systemd/system/{LATCH_UNIT}", LATCH_BOOT.encode(), 0o644),
        InstalledFile(f"/etc/systemd/system/{HOST_UNIT}", HOST_BOOT.encode(), 0o644),
        InstalledFile(PATH, manifest_text(EMPTY).encode(), 0o600),
    )


UNITS = (LATCH_UNIT, HOST_UNIT)
"""To enable (systemctl enable)."""
