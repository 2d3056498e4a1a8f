"""Every measurement in turn, as one table: `python -m bench [--json] [NAME ...]`, as root, after `make setup`.

Each runs in a process of its own. A measurement that fails is said and does not stop the others; the exit status is
then 1. With --json: a list of the documents on standard output.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterable
from types import FrameType

from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table

from bench.figure import Document, Figure

NAMES = ("start", "load", "render", "guards", "poll", "session", "forty", "stacks", "deploys", "changes")
DOCUMENTS = TypeAdapter(tuple[Document, ...])


def stop(signum: int, _: FrameType | None) -> None:
    sys.exit(128 + signum)


def run(name: str) -> Document | None:
    """One measurement; None where it failed. When we are stopped it is stopped, and has the time to clean up."""
    with subprocess.Popen([sys.executable, "-m", f"bench.{name}"], stdout=subprocess.PIPE, text=True) as process:
        try:
            said, _ = process.communicate()
        except BaseException:
            process.terminate()
            raise
    return Document.model_validate_json(said) if process.returncode == 0 else None


def shown(figure: Figure) -> tuple[str, ...]:
    """One row; numbers to three digits."""
    rival = "" if figure.rival is None else f"{figure.rival:.3g} {figure.unit}"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    return figure.what, f"{figure.ours:.3g} {figure.unit}", figure.rival_name, rival, ratio


def table(documents: Iterable[Document]) -> Table:
    made = Table("what", "govnet", "rival", "its figure", "rival : govnet")
    for document in documents:
        load = f"{document.load_before} to {document.load_after} on {document.cores} cores"
        made.add_section()
        made.add_row(f"[bold]{document.bench}[/bold], load {load}")
        for figure in document.figures:
            made.add_row(*shown(figure))
    return made


def main() -> None:
    signal.signal(signal.SIGTERM, stop)
    names = [word for word in sys.argv[1:] if word != "--json"] or list(NAMES)
    strange = [name for name in names if name not in NAMES]
    if strange:
        sys.exit(f"there is no measurement {', '.join(strange)}; there are {', '.join(NAMES)}")
    done: list[Document] = []
    failed: list[str] = []
    for name in names:
        print(f"measuring: {name}", file=sys.stderr, flush=True)
        document = run(name)
        if document is None:
            failed.append(name)
        else:
            done.append(document)
    if "--json" in sys.argv[1:]:
        print(DOCUMENTS.dump_json(tuple(done), indent=2).decode())
    else:
        Console(width=None if sys.stdout.isatty() else 132).print(table(done))
    if failed:
        sys.exit(f"not measured, it failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
