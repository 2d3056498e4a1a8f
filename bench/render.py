"""The country's intended configurations, and what leads one changed router there, beside hier_config's remediation.

    python -m bench.render

The changed router is the one with the longest configuration: on the box every link of it has another cost, and one line
of a filter is missing. Both sides are given the same two texts, and make the commands that lead from one to the other.
What only one side needs is imported inside it, so that the other side's process does not pay for it.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bench.cost import in_turns, measure

if TYPE_CHECKING:
    from bench.figure import Figure
    from inventory.model import Inventory
    from network.config import Config

COUNTRY = Path(__file__).parents[1] / "inventory" / "tanzania"
TURNS = 3
DIFFS = 20
COST = re.compile(r"(ip ospf|ipv6 ospf6) cost (\d+)")
END = re.compile(r"\s*(!|exit|exit-address-family|end)")


def rendered(inventory: Inventory) -> tuple[Config, ...]:
    """Every device's whole intended configuration, under secrets made for the occasion."""
    from inventory.secret_store import AgeStore
    from network.intent import intended

    with tempfile.TemporaryDirectory() as folder:
        secrets = AgeStore.create(Path(folder) / "secrets", inventory)
        return tuple(intended(inventory, device, secrets) for device in inventory.devices)


def write_longest(folder: Path) -> None:
    """`wanted` and `live` of the router with the most lines."""
    from inventory.load import load

    wanted = max((config.text("frr") for config in rendered(load(COUNTRY))), key=lambda text: text.count("\n"))
    live = COST.sub(lambda found: f"{found[1]} cost {int(found[2]) + 7}", wanted).splitlines()
    live.remove(next(row for row in live if " prefix-list " in row))
    (folder / "wanted").write_text(wanted)
    (folder / "live").write_text("".join(f"{row}\n" for row in live))


def render(_: Path) -> Callable[[], int]:
    from inventory.load import load

    inventory = load(COUNTRY)
    return lambda: sum(bool(config.parts) for config in rendered(inventory))


def difference(folder: Path) -> Callable[[], int]:
    from inventory.model import Platform
    from network import diff
    from network.config import Config, Part

    live, wanted = (
        Config(device="x", platform=Platform.FRR, parts=(Part(name="frr", text=(folder / name).read_text()),))
        for name in ("live", "wanted")
    )
    return lambda: [len(diff.difference(live, wanted).parts) for _ in range(DIFFS)].count(1)


def commands(folder: Path) -> Callable[[], int]:
    from network import commands

    live, wanted = ((folder / name).read_text() for name in ("live", "wanted"))
    return lambda: [bool(commands.commands(live, wanted)) for _ in range(DIFFS)].count(True)


def remediation(folder: Path) -> Callable[[], int]:
    """hier_config has no platform for FRR and refuses a section's end said twice; the indentation says it as well."""
    from hier_config import Platform, WorkflowRemediation, get_hconfig

    texts = []
    for name in ("live", "wanted"):
        rows = (folder / name).read_text().splitlines()
        texts.append("".join(f"{row}\n" for row in rows if not END.fullmatch(row)))

    def made() -> bool:
        workflow = WorkflowRemediation(*(get_hconfig(Platform.GENERIC, text) for text in texts))
        return bool(list(workflow.remediation_config.all_children_sorted()))

    return lambda: [made() for _ in range(DIFFS)].count(True)


SIDES: Mapping[str, Callable[[Path], Callable[[], int]]] = {
    "render": render,
    "difference": difference,
    "commands": commands,
    "hier_config": remediation,
}
"""Each makes ready what is not measured, and returns what is."""


def figures() -> tuple[Figure, ...]:
    from bench.figure import beside

    with tempfile.TemporaryDirectory() as folder:
        write_longest(Path(folder))
        costs = in_turns("bench.render", tuple(SIDES), TURNS, after=(folder,))
    made = costs["render"].amount
    one = f"{DIFFS} times, the longest router changed:"
    return (
        *beside(f"{made} configurations of the country rendered", "s", costs["render"]),
        *beside(f"{one} the difference for people", "s", costs["difference"]),
        *beside(f"{one} the commands", "s", costs["commands"], "hier_config", costs["hier_config"]),
    )


def main() -> None:
    match sys.argv[1:]:
        case []:
            from bench.figure import report

            report("render", figures)
        case [side, folder]:
            print(json.dumps(measure(SIDES[side](Path(folder)))))


if __name__ == "__main__":
    main()
