"""How the latch comes onto a box: its program, the handlers of the parts, the unit that ends at boot what was open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from change.disk import DiskEntry, DiskFile, enabled

CHECKOUT = Path(__file__).parents[1]
PROGRAM = "/usr/local/sbin/govnet-latch"
LIBRARY = "/usr/local/lib/govnet"
BOOT_UNIT = "govnet-latch-boot.service"

BOOT = """\
[Unit]
Description=govnet latch: end what was not confirmed, before anything reads its configuration
DefaultDependencies=no
Conflicts=shutdown.target
After=local-fs.target
Before=basic.target network-pre.target networking.service {before}shutdown.target
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


def latch(
    handlers: Mapping[str, tuple[str, ...]], modules: Iterable[str], before: tuple[str, ...] = ()
) -> tuple[DiskEntry, ...]:
    """The latch and its handlers: by the kind of part, the lines of each one's launcher.

    `modules`: what the handlers need, by their paths here. `before`: the box's own units that read a configuration.
    """
    program = (str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "change/latch").glob("*.py"))
    laid = sorted({*program, *modules})
    packages = {f"{folder}/__init__.py" for name in laid for folder in PurePosixPath(name).parents[:-1]}
    return (
        DiskFile(
            PROGRAM,
            launcher(
                "from change.latch.box import Box",
                "from change.latch.program import main",
                "sys.exit(main(sys.argv, Box()))",
            ),
            0o755,
        ),
        *(DiskFile(handler(kind), launcher(*lines), 0o755) for kind, lines in handlers.items()),
        *(DiskFile(f"{LIBRARY}/{name}", b"") for name in sorted(packages.difference(laid))),
        *(DiskFile(f"{LIBRARY}/{name}", (CHECKOUT / name).read_bytes()) for name in laid),
        *enabled(BOOT_UNIT, BOOT.format(before="".join(f"{unit} " for unit in before))),
    )


def handler(kind: str) -> str:
    """Where the handler of this kind of part lies."""
    return f"{LIBRARY}/parts/{kind}"


def launcher(*lines: str) -> bytes:
    """An executable: the same modules as here, under the same names. -B: no bytecode that a power cut could tear."""
    return "\n".join(("#!/usr/bin/python3 -IB", "import sys", f'sys.path.insert(0, "{LIBRARY}")', *lines, "")).encode()
