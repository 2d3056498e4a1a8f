"""The console that people read, on a terminal or in a pipe."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console

from govnet.report.lines import Line, Style

STYLES: dict[Style, str] = {
    "plain": "",
    "heading": "bold",
    "added": "green",
    "removed": "red",
    "context": "",
    "high": "bold red",
    "medium": "yellow",
    "muted": "dim",
}


class Screen(Console):
    """Says no more where its reader left. Rich itself would end the program there, with the status of a defect."""

    def on_broken_pipe(self) -> None:
        self.quiet = True


def put_lines(console: Console, lines: Iterable[Line]) -> None:
    """As they are: no markup is read in them."""
    for line in lines:
        console.print(line.text, style=STYLES[line.style], markup=False)
