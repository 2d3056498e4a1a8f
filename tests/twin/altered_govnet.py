"""`govnet` as it is, but that it makes other commands of a router's lines: they are approved, sent, and wrong.

python -m tests.twin.altered_govnet WAY VERB ...      WAY as in WAYS
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping

from change.target import Preview
from govnet.cli import main
from network.router import RouterTarget

REPEATS = 400
"""How often a plan's commands stand in it, so that feeding them takes long enough to be caught in the act."""
WAYS: Mapping[str, Callable[[list[str]], list[str]]] = {
    "rejected": lambda commands: ["no such command at all", *commands],
    "at-length": lambda commands: commands * REPEATS,
}
"""A line that FRR does not know; and the same end by a longer way."""


def alter(way: str) -> None:
    """Every preview of a router from now on."""
    preview = RouterTarget.preview

    def altered(self: RouterTarget) -> Preview | None:
        made = preview(self)
        if made is None:
            return None
        payload = json.loads(made.payload)
        payload["parts"]["frr"]["commands"] = WAYS[way](payload["parts"]["frr"]["commands"])
        return made.model_copy(update={"payload": json.dumps(payload)})

    RouterTarget.preview = altered  # type: ignore[method-assign]  # the altered one stands in for it


if __name__ == "__main__":
    alter(sys.argv.pop(1))
    main()
