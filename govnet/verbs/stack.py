"""stack: the real Pulumi engine by hand, for those who know it."""

from __future__ import annotations

from collections.abc import Sequence

from govnet import wire
from govnet.desk import Desk
from govnet.status import Ended, Status

WORD = "pulumi"


def stack(desk: Desk, site: str | None, words: Sequence[str]) -> None:
    """Ends as the engine does: 0, or 2 where it says that something is wrong."""
    from stacks.cli import pulumi

    sites = wire.stack_sites(desk)
    chosen = site or (sites[0] if len(sites) == 1 else "")
    if chosen not in sites:
        known = f"name one with --site: {', '.join(sites)}" if sites else "no site has machines"
        raise Ended(Status.BAD_INPUT, f"{f'{site} has no stack' if site else 'no one stack is meant'}; {known}")
    if words[0] != WORD:
        raise Ended(Status.BAD_INPUT, f"write `govnet stack -- {WORD} ARGUMENTS`")
    if pulumi(wire.stack(desk, chosen), words[1:]):
        raise Ended(Status.BAD_INPUT)
