"""Where the machines of one host live, and what their parts are called. Standard library only.

`lab up` writes it for the stacks: a hypervisor's facts are given, not found.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from inventory import durable
from stacks.nspawn.problem import HostProblem

NAMESPACES = Path("/run/netns")
NOTICES = Path("/run")


@dataclass(frozen=True)
class Host:
    """All paths are absolute."""

    name: str
    """Begins the name of each control group, network namespace and machine: by it alone all can be found again."""
    image: Path
    """The root file system that new machines are made over."""
    disks: Path
    consoles: Path

    def of(self, node: str) -> str:
        """The name of one machine, and of the network namespace that it runs in."""
        return f"{self.name}-{node}"

    def group(self, node: str) -> str:
        """The path of its control group in every hierarchy."""
        return f"{self.name}/{node}"

    def namespace(self, node: str) -> Path:
        return NAMESPACES / self.of(node)

    def notices(self, node: str) -> Path:
        """The socket on which it says that it is up."""
        return NOTICES / f"{self.of(node)}.notify"

    def disk(self, node: str) -> Path:
        """Holds `upper` (what the machine wrote), `work`, and `root` (mounted on in the machine's own namespace)."""
        return self.disks / node

    def console(self, node: str) -> Path:
        return self.consoles / f"{node}.log"


def record(state: Path) -> Path:
    """Where a state folder says it."""
    return state / "lab" / "host.json"


def write(host: Host, path: Path) -> None:
    """Durable before it returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    durable.write(path, json.dumps(asdict(host), indent=1, default=str).encode(), 0o644)


def read(path: Path) -> Host:
    """Raises HostProblem."""
    try:
        found = json.loads(path.read_text())
        return Host(found["name"], Path(found["image"]), Path(found["disks"]), Path(found["consoles"]))
    except FileNotFoundError:
        raise HostProblem(f"there is no host to make machines on: {path} is missing; govnet lab up makes one") from None
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise HostProblem(f"{path} does not say where machines are made ({type(problem).__name__})") from None
