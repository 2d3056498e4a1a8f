"""Faults that are planted in change/: which the tests notice, and which they do not."""

from __future__ import annotations

import pytest

from tools.mutants.__main__ import main, run

FILE = "change/canonical.py"


@pytest.mark.parametrize(("tests", "killed"), [("test_canonical.py", True), ("test_permits.py", False)])
def test_a_fault_is_killed_by_a_test_that_fails_and_survives_where_none_comes_by(tests: str, killed: bool) -> None:
    found = run([FILE], {}, [f"tests/change/{tests}"])[FILE].values()
    assert {edit.partition(":")[0] for edit, _ in found} == {"canonical", "document_of", "digest_of"}
    assert {bool(killer) for _, killer in found} == {killed}


@pytest.mark.prove
def test_nine_in_ten_are_killed_and_each_survivor_has_its_reason() -> None:
    assert main([]) == 0
