"""What every verb has in hand: where the world and the state stand, and how to speak to people and to programs."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from govnet.streams import Json, put

if TYPE_CHECKING:
    from rich.console import Console

    from inventory.model import Inventory
    from inventory.secret_store import AgeStore


@dataclass(frozen=True)
class Desk:
    """One run of one verb. With `as_json`, stdout carries one document and people's text goes to stderr.

    A reader who left (`| head`) is told no more, and the verb ends as it would have. Any other OSError is raised.
    """

    world: Path
    state: Path
    as_json: bool

    @cached_property
    def inventory(self) -> Inventory:
        """Raises BadInventory with every problem but those of host keys.

        They are judged when a box is reached, before a credential is sent; and by `govnet check`.
        """
        from inventory.load import load_before_keys

        return load_before_keys(self.world)

    @property
    def has_secrets(self) -> bool:
        """Whether a store of secrets was ever made here."""
        return (self.state / "secrets").exists()

    @cached_property
    def secrets(self) -> AgeStore:
        """Raises SecretMissing where `govnet keys` has not been run."""
        from inventory.secret_store import AgeStore

        return AgeStore.open(self.state / "secrets", self.inventory)

    @property
    def known_hosts(self) -> Path:
        return self.world / "known_hosts"

    @property
    def journal_path(self) -> Path:
        return self.state / "journal.sqlite"

    @property
    def trust(self) -> Path:
        """Where this jump host's trust document is pinned."""
        return self.state / "trust"

    @cached_property
    def console(self) -> Console:
        """Where people read."""
        from govnet.screen import Screen

        return Screen(stderr=self.as_json, highlight=False, soft_wrap=True)

    def say(self, line: str = "") -> None:
        """One line for people, as it is: no markup is read in it."""
        with suppress(BrokenPipeError):
            print(line, file=sys.stderr if self.as_json else sys.stdout, flush=True)

    def document(self, document: Json) -> None:
        """The one document of --json; nothing without it."""
        if self.as_json:
            put(document)
