"""A plan in a terminal: 80 columns, every changed line, risk and digest."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from change.model import DiffLine, PartDiff, RevertStrength
from change.plan import digest
from govnet.report.lines import COLUMNS
from govnet.report.plan_text import plan_text, step_lines

GOLDEN = Path(__file__).parent / "golden"
LINES = st.lists(st.builds(DiffLine, sign=st.sampled_from("+- "), text=st.text(max_size=200)), min_size=1, max_size=5)


def test_the_plan_reads_as_the_golden_text(samples: ModuleType) -> None:
    written = "".join(f"{line.text}\n" for line in plan_text(samples.demo_plan()))
    assert written == (GOLDEN / "plan.txt").read_text()


def test_the_steps_read_as_the_golden_text(samples: ModuleType) -> None:
    written = "".join(f"{line.text}\n" for line in step_lines(samples.demo_plan()))
    assert written == (GOLDEN / "steps.txt").read_text()


def test_what_does_not_undo_itself_is_not_said_to(samples: ModuleType) -> None:
    plan = samples.plan(samples.step(1, "core-1", "dodoma-dc", 0, PartDiff(part="frr", lines=())))
    manual = plan.model_copy(
        update={"steps": tuple(step.model_copy(update={"strength": RevertStrength.MANUAL}) for step in plan.steps)}
    )
    for written in (plan_text, step_lines):
        said = "\n".join(line.text for line in written(manual))
        assert "does not undo itself, done within" in said
        assert "undoes itself" not in said


def test_an_empty_plan_has_nothing_to_do(samples: ModuleType) -> None:
    assert [line.text for line in plan_text(samples.plan())] == [
        "Nothing to do: everything is already as the inventory wants it."
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES)
def test_no_line_is_wider_than_the_terminal_or_commands_it(samples: ModuleType, lines: list[DiffLine]) -> None:
    plan = samples.plan(samples.step(1, "core-1", "dodoma-dc", 0, PartDiff(part="frr", lines=tuple(lines))))
    shown = plan_text(plan)
    assert all(len(line.text) <= COLUMNS and line.text.isprintable() for line in shown)
    for style, sign in (("added", "+"), ("removed", "-")):
        first = [line for line in shown if line.style == style and line.text[2:3] == sign]
        assert len(first) >= sum(line.sign == sign for line in lines)
    assert shown[-1].text == f"Plan {digest(plan)}"


@pytest.mark.parametrize("name", ["dr-kyela", "core-1"])
def test_identical_changes_are_shown_once_with_every_device(samples: ModuleType, name: str) -> None:
    text = [line.text for line in plan_text(samples.demo_plan())]
    assert sum("Debian GNU/Linux 12" in line for line in text) == 1
    assert any(line.startswith("banner of 4 devices:") and name in line for line in text)
