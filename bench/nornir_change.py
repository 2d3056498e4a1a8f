"""One line on every router by Nornir and nornir-napalm, with our NAPALM driver: the rival of bench/changes.py.

python -m bench.nornir_change FOLDER WORKERS      FOLDER has Nornir's hosts.yaml, each host's lines in its data
"""

from __future__ import annotations

import sys
from pathlib import Path

from nornir import InitNornir
from nornir.core.task import Result, Task
from nornir_napalm.plugins.tasks import napalm_configure


def change(task: Task) -> Result:
    task.run(task=napalm_configure, configuration=task.host["lines"])
    return Result(host=task.host)


def main(folder: Path, workers: int) -> None:
    nornir = InitNornir(
        runner={"plugin": "threaded", "options": {"num_workers": workers}},
        inventory={"plugin": "SimpleInventory", "options": {"host_file": str(folder / "hosts.yaml")}},
        logging={"enabled": False},
    )
    failed = nornir.run(task=change).failed_hosts
    nornir.close_connections()
    for name, result in failed.items():
        print(f"{name}: {result.exception}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
