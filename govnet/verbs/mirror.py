"""mirror build: the packages that the deploys name, as a repository that our own key signs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from govnet.desk import Desk
from govnet.status import Ended, Status


def build(desk: Desk, image: Path | None, sources: Path) -> None:
    """Into mirror/ under --state. `image`: the machine image that the servers are made from; today's without it."""
    from deploys.mirror.build import Wanted
    from deploys.mirror.build import build as make
    from deploys.packages import PACKAGES
    from inventory.sealed import Sealed
    from lab import image as images

    hosting = desk.inventory.world.hosting
    if hosting is None:
        what = f"{desk.world} says nothing of hosting, so no server needs a mirror"
        raise Ended(Status.BAD_INPUT, f"{what}; `govnet check` tells what to add once there are servers")
    wanted = Wanted(
        roles={str(role): names for role, names in PACKAGES.items()},
        image=image or images.path(),
        etc_apt=sources,
        cache=images.cache(),
        mirrors=desk.state / "mirror",
    )
    built = make(wanted, Sealed(desk.secrets.value(hosting.mirror_secret)), datetime.now(UTC), desk.say)
    made = built.repository
    mb = made.octets / 1_000_000
    until = f"{made.release.valid_until:%Y-%m-%d}"
    desk.say(f"{made.digest}: {len(made.packages)} packages, {mb:.1f} MB, valid until {until}")
    desk.say(f"Made in {made.folder}" if built.new else "It stands; nothing to do.")
    desk.document(
        {
            "digest": made.digest,
            "new": built.new,
            "folder": str(made.folder),
            "date": made.release.date.isoformat(),
            "valid_until": made.release.valid_until.isoformat(),
            "key": made.release.key,
            "octets": made.octets,
            "packages": [
                {"name": package.name, "version": package.version, "architecture": package.architecture}
                for package in made.packages
            ],
        }
    )
