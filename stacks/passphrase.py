"""Which secret seals a stack's own record: kept beside it by name, for as long as the stack is there.

The inventory names it among what all servers share, and that leaves the inventory with the last of them; the machines
that still stand are to be planned away all the same.
"""

from __future__ import annotations

from pathlib import Path

from inventory import durable
from inventory.secrets import SecretMissing

FILE = "passphrase-secret"


def secret_of(folder: Path, wanted: str | None) -> str:
    """Its name. `wanted`: as the inventory has it; None where it says nothing (any more). Raises SecretMissing."""
    file = folder / FILE
    if file.exists():
        sealed_by = file.read_text()
        if wanted not in (None, sealed_by):
            raise SecretMissing(
                f"the stack in {folder} is sealed by `{sealed_by}`, and not by `{wanted}`: name that one again"
            )
        return sealed_by
    if wanted is None:
        raise SecretMissing(f"nothing says which secret seals the stack in {folder}: add `hosting` to the world again")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    durable.write(file, wanted.encode(), 0o600)
    return wanted
