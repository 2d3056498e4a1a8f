"""The country read and checked, beside PyYAML and pydantic alone, which keep no lines and check nothing across records.

    python -m bench.load

Each in processes of its own, in turns. All three make the same number of records of the same models.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from bench.cost import in_turns, measure
from bench.figure import Figure, beside, report
from inventory.load import SECTIONS, load

COUNTRY = Path(__file__).parents[1] / "inventory" / "tanzania"
TURNS = 3


def ours() -> int:
    inventory = load(COUNTRY)
    return 1 + sum(len(getattr(inventory, section)) for section in SECTIONS if section != "world")


def plain(loader: type[yaml.SafeLoader] | type[yaml.CSafeLoader]) -> int:
    """What a script would do: load, then validate every record."""
    adapters = {name: TypeAdapter(model) for name, model in SECTIONS.items()}
    kept = []
    for path in sorted(COUNTRY.rglob("*.yaml")):
        with path.open("rb") as file:
            content = yaml.load(file, loader)
        for section, records in content.items():
            kept += [adapters[section].validate_python(record) for record in records]
    return len(kept)


SIDES: dict[str, Callable[[], int]] = {
    "govnet": ours,
    "libyaml": lambda: plain(yaml.CSafeLoader),
    "python": lambda: plain(yaml.SafeLoader),
}
RIVALS = {"libyaml": "PyYAML (libyaml) + pydantic", "python": "PyYAML (Python) + pydantic"}


def figures() -> tuple[Figure, ...]:
    costs = in_turns("bench.load", tuple(SIDES), TURNS)
    mine = costs["govnet"]
    what = f"{mine.amount} records of the country read and checked"
    return tuple(figure for name, title in RIVALS.items() for figure in beside(what, "s", mine, title, costs[name]))


def main() -> None:
    match sys.argv[1:]:
        case []:
            report("load", figures)
        case [side]:
            print(json.dumps(measure(SIDES[side])))


if __name__ == "__main__":
    main()
