"""Faults that are planted in change/: which the tests notice, and which they do not."""

from __future__ import annotations

import pytest

from tools.mutants.__main__ import main, run

FILE = "change/canonical.py"


def test_a_fault_is_killed_by_a_test_that_fails_and_survives_where_none_comes_by() -> None:
    found = run([FILE], {}, ["tests/change/test_canonical.py"])[FILE]
    by_function = {edit.partition(":")[0]: killer for edit, killer in found.values()}
    assert by_function["canonical"].startswith("tests/change/test_canonical.py::")
    assert by_function["digest_of"] == "", "no test of that one file asks for a digest"


@pytest.mark.prove
def test_nine_in_ten_are_killed_and_each_survivor_has_its_reason() -> None:
    assert main([]) == 0
