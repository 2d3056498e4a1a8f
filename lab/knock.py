"""Waits until every address answers on its SSH port, as seen from the namespace that it runs in.

`python3 -m lab.knock SECONDS ADDRESS ...` exits 0 when all did, else 1 after naming those that did not.
"""

from __future__ import annotations

import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor

SSH_PORT = 22
TRY_S = 1.0
AT_ONCE = 64


def answers(address: str) -> bool:
    """Whether a TCP connection is accepted within a second; a refused route is waited out, not spun on."""
    began = time.monotonic()
    try:
        socket.create_connection((address, SSH_PORT), timeout=TRY_S).close()
    except OSError:
        time.sleep(max(0.0, TRY_S / 4 - (time.monotonic() - began)))  # routes appear without an event for us
        return False
    return True


def silent(addresses: list[str], limit_s: float) -> list[str]:
    """Those that never answered within the limit. Each is asked again until it does, all side by side."""
    ends = time.monotonic() + limit_s
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while addresses and time.monotonic() < ends:
            heard = zip(addresses, pool.map(answers, addresses), strict=True)
            addresses = [address for address, answered in heard if not answered]
    return addresses


if __name__ == "__main__":
    left = silent(sys.argv[2:], float(sys.argv[1]))
    print(" ".join(left))
    sys.exit(1 if left else 0)
