"""Every kind of problem, as it is told: tests/inventory/golden/ has one small broken world for each."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import inventory.checks
from inventory.check import check
from inventory.load import load, load_before_keys, read_folder
from tests.inventory.worlds import DEMO, GOLDEN, MINIMAL, Case, problems

CASES = sorted(GOLDEN.glob("*.txt"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_broken_world_is_told_what_is_wrong_and_what_would_be_right(path: Path, tmp_path: Path) -> None:
    case = Case.read(path)
    assert problems(case.build(tmp_path)) == case.expected


def test_each_rule_in_the_code_has_a_golden_message(tmp_path: Path) -> None:
    met: set[str] = set()
    for path in CASES:
        folder = tmp_path / path.stem
        folder.mkdir()
        met |= {finding.rule for finding in check(read_folder(Case.read(path).build(folder)).draft)}
    assert met == _rules()
    assert len(met) >= 40


def test_the_minimal_world_and_the_demo_are_right() -> None:
    assert problems(MINIMAL) == ""
    assert problems(DEMO) == ""
    assert len(load(DEMO).institutions) == 8


def test_every_problem_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    """Independent faults of syntax, shape and reference, each in a file of its own, are all told in one go."""
    world = Case("", [], "").build(tmp_path)
    names = ("yaml-not-a-mapping", "outside-country", "bad-domain", "duplicate-route", "link-without-area")
    told: set[str] = set()
    for name in names:
        case = Case.read(GOLDEN / f"{name}.txt")
        for patch in case.patches:
            patch.apply(world)
        told |= set(case.expected.splitlines())
    assert set(problems(world).splitlines()) == told
    assert len(told) == len(names)


def _rules() -> set[str]:
    """The rule names that stand in the code: first arguments of Finding(...), and last ones of unknown(...)."""
    found: set[str] = set()
    for path in Path(inventory.checks.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            argument = {"Finding": 0, "unknown": -1}.get(node.func.id)
            if argument is not None and isinstance(rule := node.args[argument], ast.Constant):
                found.add(str(rule.value))
    sections = (
        *("site", "device", "link", "institution", "service"),
        *("machine", "volume", "account", "secret", "window", "freeze"),
    )
    return found | {f"duplicate-{section}" for section in sections}


def test_before_keys_are_made_the_world_loads_all_the_same(tmp_path: Path) -> None:
    """Otherwise a new device would need its key before `govnet keys` could make it."""
    world = Case.read(GOLDEN / "host-key-missing.txt").build(tmp_path)
    assert problems(world) != ""
    assert load_before_keys(world) == load(MINIMAL)
