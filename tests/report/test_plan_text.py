"""A plan in a terminal: 80 columns, every changed line, whom it touches, risk and digest, in both languages."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from change.model import DiffLine, OnFailure, PartDiff, Plan, RevertStrength
from change.plan import digest
from govnet.report.language import CODES, Code, Language
from govnet.report.lines import COLUMNS, Line
from govnet.report.plan_document import plan_document
from govnet.report.plan_text import plan_text, risk_lines, step_lines

GOLDEN = Path(__file__).parent / "golden"
LINES = st.lists(st.builds(DiffLine, sign=st.sampled_from("+- "), text=st.text(max_size=200)), min_size=1, max_size=5)


def shown(plan: Plan, code: Code = "en") -> list[Line]:
    document = plan_document(plan, None)
    return plan_text(document, Language(code, document.timezone))


@pytest.mark.parametrize(("name", "code"), [("plan.txt", "en"), ("plan.sw.txt", "sw")])
def test_the_plan_reads_as_the_golden_text(samples: ModuleType, name: str, code: Code) -> None:
    document = samples.plan_report()
    lines = plan_text(document, Language(code, document.timezone))
    golden = (GOLDEN / name).read_text().replace("DIGEST", document.digest)
    assert "".join(f"{line.text}\n" for line in lines) == golden


@pytest.mark.parametrize(("name", "code"), [("steps.txt", "en"), ("steps.sw.txt", "sw")])
def test_the_steps_read_as_the_golden_text(samples: ModuleType, name: str, code: Code) -> None:
    document = plan_document(samples.demo_plan(), samples.demo())
    lines = step_lines(document, Language(code, document.timezone))
    assert "".join(f"{line.text}\n" for line in lines) == (GOLDEN / name).read_text()


def test_the_sections_alone_say_what_they_say_in_the_whole(samples: ModuleType) -> None:
    document = samples.plan_report()
    language = Language("sw", document.timezone)
    whole = "\n".join(line.text for line in plan_text(document, language))
    assert "\n".join(line.text for line in risk_lines(document, language)) in whole


def test_what_does_not_undo_itself_is_not_said_to(samples: ModuleType) -> None:
    plan = samples.plan(samples.step(1, "core-1", "dodoma-dc", 0, PartDiff(part="frr", lines=())))
    manual = plan.model_copy(
        update={"steps": tuple(step.model_copy(update={"strength": RevertStrength.MANUAL}) for step in plan.steps)}
    )
    for written in (plan_text, step_lines):
        said = "\n".join(line.text for line in written(plan_document(manual, None), Language("en", "UTC")))
        assert "does not undo itself, done within" in said
        assert "undoes itself" not in said and "By a timer" not in said


def test_a_plan_that_takes_back_its_waves_says_so(samples: ModuleType) -> None:
    plan = samples.demo_plan()
    for policy, says in ((OnFailure.HOLD, "earlier waves stand."), (OnFailure.TAKE_BACK, "earlier waves go back too")):
        lines = shown(plan.model_copy(update={"on_failure": policy}))
        assert says in " ".join(" ".join(line.text for line in lines).split())


def test_a_broken_glass_is_said_and_asks_for_no_more_signatures(samples: ModuleType) -> None:
    document = samples.plan_report()
    broken = document.now.approvals.model_copy(update={"broken_glass": True})
    told = document.model_copy(update={"now": document.now.model_copy(update={"approvals": broken})})
    text = "\n".join(line.text for line in plan_text(told, Language("en", "UTC")))
    assert "Approved by break-glass: two others must review" in text and "Still needed" not in text


@pytest.mark.parametrize("code", CODES)
def test_an_empty_plan_has_nothing_to_do(samples: ModuleType, code: Code) -> None:
    lines = [line.text for line in shown(samples.plan(), code)]
    assert " ".join(lines).startswith({"en": "Nothing to do: ", "sw": "Hakuna la kufanya: "}[code])


def test_a_plan_of_another_world_is_read_by_its_names(samples: ModuleType) -> None:
    plan = samples.demo_plan()
    other = plan.model_copy(update={"source": plan.source.model_copy(update={"world": "elsewhere"})})
    assert plan_document(other, samples.demo()) == plan_document(other, None)
    text = "\n".join(line.text for line in shown(other))
    assert "  dodoma-dc: core-1" in text and "23 Nov 2026 03:00:00, " in text, "names, and UTC"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES, more=LINES)
def test_no_line_is_wider_than_the_terminal_or_commands_it(
    samples: ModuleType, lines: list[DiffLine], more: list[DiffLine]
) -> None:
    plan = samples.plan(
        *(
            samples.step(number, f"core-{number}", "dodoma-dc", 0, PartDiff(part="frr", lines=tuple(each)))
            for number, each in enumerate((lines, more))
        )
    )
    read = shown(plan)
    assert all(len(line.text) <= COLUMNS and line.text.isprintable() for line in read)
    assert read[-1].text == f"Plan {digest(plan)}"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES)
def test_every_changed_line_is_shown(samples: ModuleType, lines: list[DiffLine]) -> None:
    plan = samples.plan(samples.step(1, "core-1", "dodoma-dc", 0, PartDiff(part="frr", lines=tuple(lines))))
    for style, sign in (("added", "+"), ("removed", "-")):
        first = [line for line in shown(plan) if line.style == style and line.text[2:3] == sign]
        assert len(first) >= sum(line.sign == sign for line in lines)


@pytest.mark.parametrize("name", ["dr-kyela", "core-1"])
def test_identical_changes_are_shown_once_with_every_device(samples: ModuleType, name: str) -> None:
    text = [line.text for line in shown(samples.demo_plan())]
    assert sum("Debian GNU/Linux 12" in line for line in text) == 1
    assert any(line.startswith("banner of 4 targets:") and name in line for line in text)


def test_a_table_that_is_too_wide_stands_below_its_devices(samples: ModuleType) -> None:
    long = "2001:db8:1111:2222:3333:4444:5555:666"
    steps = (
        samples.step(1, f"dr-{number}", "here", 0, PartDiff(part="frr", lines=tuple(
            DiffLine(sign="+", text=f"route {long}{number}{column}") for column in range(3)
        )))
        for number in range(2)
    )  # fmt: skip
    text = [line.text for line in shown(samples.plan(*steps))]
    assert f"      ‹c› {long}12" in text and "    dr-1" in text
