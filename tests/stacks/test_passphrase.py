"""Which secret seals a stack: the name that it was made with, whatever the inventory says later."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.secrets import SecretMissing
from stacks.passphrase import secret_of


def test_the_name_is_kept_and_stands_when_the_inventory_says_nothing_any_more(tmp_path: Path) -> None:
    assert secret_of(tmp_path / "stack", "stack") == "stack"
    assert secret_of(tmp_path / "stack", "stack") == "stack"
    assert secret_of(tmp_path / "stack", None) == "stack"


def test_another_name_is_refused_and_the_true_one_is_not_lost(tmp_path: Path) -> None:
    secret_of(tmp_path, "stack")
    with pytest.raises(SecretMissing, match="sealed by `stack`, and not by `other`"):
        secret_of(tmp_path, "other")
    assert secret_of(tmp_path, None) == "stack"


def test_where_nothing_ever_said_it_that_is_told(tmp_path: Path) -> None:
    with pytest.raises(SecretMissing, match="add `hosting` to the world again"):
        secret_of(tmp_path, None)
    assert list(tmp_path.iterdir()) == []
