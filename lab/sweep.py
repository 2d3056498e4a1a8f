"""Takes down what dead runs left on this host: `python3 -m lab.sweep`, for `make test` and `make clean`.

Names on standard output the labs that stand after it, for `lab.leaks` to pass over. Standard library only.
"""

from __future__ import annotations

import sys

from lab import claims, remains
from lab.leaks import labs, leaks
from lab.names import Lab


def sweep() -> tuple[Lab, ...]:
    """Remove every lab that is there for nobody any more; returns them. Raises cgroups.GroupStuck."""
    dead = tuple(claim.lab for claim in claims.claims() if claim.forsaken)
    for lab in dead:
        remains.remove(lab)
    return dead


if __name__ == "__main__":
    for lab in sweep():
        print(f"removed {lab.name}, which a run that has ended left", file=sys.stderr)
    print("\n".join(labs(leaks())))
