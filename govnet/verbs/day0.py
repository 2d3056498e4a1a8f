"""day0: what a router or switch of metal boots with first; latch: that part of it which needs no world. As tars."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from govnet.day0_archive import archive
from govnet.desk import Desk
from govnet.status import Ended, Status


def day0(desk: Desk, name: str, out: Path | None) -> None:
    """Raises Ended where the box is not the network's, or where the tar has nowhere to go."""
    from inventory.problem import suggestion
    from lab import metal
    from network.config import PARTS_OF

    device = desk.inventory.device.get(name)
    if device is None or not PARTS_OF[device.platform]:
        what = f"{name} is no device of this world" if device is None else f"{name} is no router or switch of ours"
        boxes = [each.name for each in desk.inventory.devices if PARTS_OF[each.platform]]
        raise Ended(Status.BAD_INPUT, f"{what}; {suggestion(name, boxes)}")
    if out is None and (desk.as_json or sys.stdout.isatty()):
        raise Ended(Status.BAD_INPUT, "the tar has secrets in it: pipe it to ssh, or name a file with -o")
    made = archive(metal.files(desk.inventory, name, desk.secrets, desk.state / "host-keys"), metal.FOLDERS)
    if out is None:
        sys.stdout.buffer.write(made)
    else:
        _keep(out, made)
    needs = metal.packages()
    print(f"The day-0 of {name}, with secrets in it: {out or 'standard output'}", file=sys.stderr)
    print(f"On the box, a Debian 12 as root: apt-get install {' '.join(needs)}", file=sys.stderr)
    print("Then there: tar -xp -C /, and reboot.", file=sys.stderr)
    if out is not None:
        desk.document({"device": name, "file": str(out), "packages": list(needs)})


def latch() -> None:
    """Of a router with FRR, whose way in and configuration stay its own: what the NAPALM driver commits through."""
    from lab import metal

    if sys.stdout.isatty():
        raise Ended(Status.BAD_INPUT, "a tar is no text: pipe it to ssh")
    sys.stdout.buffer.write(archive(metal.latch(), ()))
    print("On the box, as root: tar -xp -C /, then systemctl daemon-reload.", file=sys.stderr)


def _keep(path: Path, content: bytes) -> None:
    """A new file that root alone may read. Raises Ended where one stands: it is not ours to replace."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Ended(Status.BAD_INPUT, f"{path} stands already; name another file") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
