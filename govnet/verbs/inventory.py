"""check, schema, allocate."""

from __future__ import annotations

import json
from pathlib import Path

from govnet.desk import Desk


def check(desk: Desk) -> None:
    """Raises BadInventory with every problem, those of known_hosts too."""
    from inventory.load import load

    inventory = load(desk.world)
    counts = {
        name: len(getattr(inventory, name))
        for name in ("sites", "devices", "links", "vlans", "prefixes", "institutions", "services", "secrets")
    }
    desk.say(f"{inventory.world.title.en}: no problem found.")
    desk.say("  " + ", ".join(f"{count} {name}" for name, count in counts.items()))
    desk.document({"world": inventory.world.name, "problems": [], "counts": counts})


def schema(desk: Desk, folder: Path) -> None:
    from inventory.schema import schema as written

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "inventory.schema.json"
    path.write_text(json.dumps(written(), indent=2, sort_keys=True) + "\n", encoding="utf-8")
    desk.say(f"Wrote {path}")
    desk.document({"schema": str(path)})


def allocate(desk: Desk) -> None:
    from inventory.allocate import allocate as fill

    edits = fill(desk.world)
    for edit in edits:
        desk.say(str(edit))
    desk.say("Nothing was left out." if not edits else f"{len(edits)} given; what stood is as it was.")
    desk.document({"edits": [str(edit) for edit in edits]})
