"""The leak check: what any lab of ours has left on this host. `python3 -m lab.leaks` lists it and exits 1 where it is
not empty. Standard library only.
"""

from __future__ import annotations

import sys

from lab.names import PREFIX
from lab.remains import all_of


def leaks(prefix: str = PREFIX) -> tuple[str, ...]:
    """One line a thing: control group, process, network namespace, mount, machine folder; empty is good.

    `prefix` narrows it to one lab (`Lab(state).name`); without it a lab that is up on purpose is listed too.
    """
    return all_of(prefix)


if __name__ == "__main__":
    found = leaks()
    print("\n".join(f"left behind: {line}" for line in found), end="\n" if found else "")
    sys.exit(1 if found else 0)
