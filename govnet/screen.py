"""The console that people read, on a terminal or in a pipe."""

from __future__ import annotations

from rich.console import Console


class Screen(Console):
    """Says no more where its reader left. Rich itself would end the program there, with the status of a defect."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
