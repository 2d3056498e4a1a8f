"""The peak memory of a Python process, its own only: `python -m bench.peak SCRIPT [ARGUMENT ...]` says a script's.

getrusage(2)'s ru_maxrss counts what the parent held when it forked; VmHWM (proc_pid_status(5)) begins anew at exec.
"""

from __future__ import annotations

import runpy
import sys

STATUS = "/proc/self/status"


def peak_mib() -> float:
    """Resident memory of this process at its highest so far."""
    with open(STATUS) as status:  # noqa: PTH123  # pathlib would be part of what is measured
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024


def main() -> None:
    """Runs the script as `python SCRIPT` would; the figure is the last line of standard error."""
    sys.argv = sys.argv[1:]
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        if end.code not in (None, 0):
            raise
    finally:
        sys.stdout.flush()
        print(peak_mib(), file=sys.stderr)


if __name__ == "__main__":
    main()
