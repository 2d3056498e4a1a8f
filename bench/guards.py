"""A first plan of the whole country through every guard, into waves; and whom each box cuts off, beside networkx.

    python -m bench.guards

Both sides are asked the same: each managed device of the country away, and which institutions lose their path.
What only one side needs is imported inside it, so that the other side's process does not pay for it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bench.cost import in_turns, measure

if TYPE_CHECKING:
    from bench.figure import Figure
    from inventory.model import Inventory

COUNTRY = Path(__file__).parents[1] / "inventory" / "tanzania"
TURNS = 3


def country() -> Inventory:
    from inventory.load import load

    return load(COUNTRY)


def judged() -> Callable[[], int]:
    """From steps that add a first configuration to every router and switch, to waves with their findings."""
    import tempfile

    from change.canonical import digest_of
    from change.guards.isolation import fits
    from change.guards.surroundings import Surroundings
    from change.guards.table import step_findings, wave_findings
    from change.model import Level, Read, RevertStrength, Risk, Step
    from change.waves import into_waves
    from govnet.standing import standings
    from inventory.model import Platform
    from inventory.secret_store import AgeStore
    from network.day0 import day0
    from network.diff import difference
    from network.distance import distances
    from network.intent import intended
    from network.payload import payload
    from network.terrain import terrain

    inventory = country()
    away, standing = distances(inventory), standings(inventory, terrain(inventory), {})
    nothing = digest_of(b"")
    with tempfile.TemporaryDirectory() as folder:
        secrets = AgeStore.create(Path(folder) / "secrets", inventory)
        steps = []
        for device in inventory.managed:
            if device.platform is Platform.DEBIAN:
                continue
            first, full = day0(inventory, device, secrets), intended(inventory, device, secrets)
            diff = difference(first, full)
            steps.append(
                Step(
                    id=device.name,
                    target=device.name,
                    plane="network",
                    site=device.site,
                    base=Read(fingerprint=nothing),
                    payload=payload(first, full).canonical(),
                    inverse=payload(full, first).canonical(),
                    result=nothing,
                    diff=diff,
                    effects=diff.effects,
                    risk=Risk(level=Level.LOW),
                    intent=nothing,
                    strength=RevertStrength.TIMED,
                    hold_s=40,
                    timer_s=80,
                    distance=away[device.name],
                    standing=standing[device.name],
                )
            )
    selected = frozenset(step.target for step in steps)

    def judge() -> int:
        around = Surroundings(
            terrain=terrain(inventory), limits=inventory.world.guards, holds_secret=secrets.holds, selected=selected
        )
        found = step_findings(steps, around)
        waves = into_waves(steps, fits=lambda wave: fits(wave, around))
        assert not [one for one in (*found, *wave_findings(waves, around)) if one.verdict == "refuse"]
        return sum(map(len, waves))

    return judge


def cut() -> Callable[[], int]:
    from network.terrain import terrain

    inventory = country()

    def ask() -> int:
        land = terrain(inventory)
        return sum(len(land.cut(frozenset({device.name})).institutions) for device in inventory.managed)

    return ask


def networkx() -> Callable[[], int]:
    """As the topology report asks it."""
    from network.topology import blast

    inventory = country()
    return lambda: sum(len(blast(inventory, {device.name}).institutions) for device in inventory.managed)


SIDES: Mapping[str, Callable[[], Callable[[], int]]] = {"judged": judged, "cut": cut, "networkx": networkx}
"""Each makes ready what is not measured, and returns what is."""


def figures() -> tuple[Figure, ...]:
    from bench.figure import beside

    costs = in_turns("bench.guards", tuple(SIDES), TURNS)
    return (
        *beside(f"{costs['judged'].amount} steps of the country judged, into waves", "s", costs["judged"]),
        *beside("whom each box of the country cuts off", "s", costs["cut"], "networkx", costs["networkx"]),
    )


def main() -> None:
    match sys.argv[1:]:
        case []:
            from bench.figure import report

            report("guards", figures)
        case [side]:
            print(json.dumps(measure(SIDES[side]())))


if __name__ == "__main__":
    main()
