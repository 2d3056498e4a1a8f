"""Takes down what dead runs left on this host: `python3 -m lab.sweep`, for `make test` and `make clean`.

Names on standard output the labs that stand after it, for `lab.leaks` to pass over. Standard library only.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from lab import claims, remains
from lab.leaks import labs, leaks
from lab.names import Lab


def sweep() -> Iterator[Lab]:
    """Remove every lab that is there for nobody any more; gives each when it is gone. Raises cgroups.GroupStuck."""
    for claim in claims.claims():
        if claim.forsaken:
            remains.remove(claim.lab)
            yield claim.lab


if __name__ == "__main__":
    for lab in sweep():
        print(f"removed {lab.name}, which a run that has ended left", file=sys.stderr)
    standing = labs(leaks())
    for name in sorted({*standing} - {claim.lab.name for claim in claims.claims()}):
        print(f"{name} stands and nobody says what for: `govnet lab down` with its --state removes it", file=sys.stderr)
    print("\n".join(standing))
