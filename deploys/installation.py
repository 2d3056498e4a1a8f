"""What a server is born with for deploys: the latch, the handler of the kind `host`, their units, an empty manifest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from deploys.manifest import EMPTY, PATH, manifest_text

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

PACKAGES = ("change/__init__.py", "deploys/__init__.py", "deploys/box/__init__.py")
"""Empty on the server: what they hold here is no business of its programs."""


@dataclass(frozen=True)
class InstalledFile:
    """An absolute path on the server, owned by root."""

    path: str
    content: bytes
    mode: int


def files() -> tuple[InstalledFile, ...]:
    """What day-0 lays on a server's disk."""
    program = (str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "change/latch").glob("*.py"))
    modules = sorted({*program, *MODULES})
    return (
        InstalledFile("/usr/local/sbin/govnet-latch", launcher(*LATCH), 0o755),
        InstalledFile(HANDLER, launcher("from deploys.box.host import main", "sys.exit(main())"), 0o755),
        *(InstalledFile(f"{LIBRARY}/{name}", b"", 0o644) for name in PACKAGES),
        *(InstalledFile(f"{LIBRARY}/{name}", (CHECKOUT / name).read_bytes(), 0o644) for name in modules),
        InstalledFile(f"/etc/systemd/system/{LATCH_UNIT}", LATCH_BOOT.encode(), 0o644),
        InstalledFile(f"/etc/systemd/system/{HOST_UNIT}", HOST_BOOT.encode(), 0o644),
        InstalledFile(PATH, manifest_text(EMPTY).encode(), 0o600),
    )


LATCH = (
    "from change.latch.box import Box",
    "from change.latch.program import main",
    "sys.exit(main(sys.argv, Box()))",
)


def launcher(*lines: str) -> bytes:
    """An executable: the same modules as here, under the same names. -B: no bytecode that a power cut could tear."""
    return "\n".join(("#!/usr/bin/python3 -IB", "import sys", f'sys.path.insert(0, "{LIBRARY}")', *lines, "")).encode()


UNITS = (LATCH_UNIT, HOST_UNIT)
"""To enable (systemctl enable)."""
