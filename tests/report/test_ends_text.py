"""How an apply ended, in a terminal: each target under its outcome, with whom it was for, and what to do next."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from change.model import Outcome
from change.plan import digest
from change.result import Result, StepEnd
from govnet.report.ends_text import ends_text
from govnet.report.lines import COLUMNS

GOLDEN = Path(__file__).parent / "golden"
LOST = "machine web-2: its network is not laid: there is no namespace for it"
SILENT = (
    "it has not answered since its timer ended (dr-kyela (10.255.1.11): no SSH session could be had); on its own "
    "console, ask its latch about step dr-kyela.ed2582af4c0b: reverted or absent means that all is as before"
)


def end(target: str, outcome: Outcome, reason: str = "", *because: str) -> StepEnd:
    return StepEnd(step=f"{target}-1", target=target, outcome=outcome, reason=reason, because=because)


def said(samples: ModuleType, *ends: StepEnd, problem: str = "", selector: str = "all") -> str:
    lines = ends_text(Result(plan=digest(samples.demo_plan()), ends=ends, problem=problem), selector)
    return "".join(f"{line.text}\n" for line in lines)


def test_a_failure_in_the_midst_reads_as_the_golden_text(samples: ModuleType) -> None:
    after, silent = "not begun: it comes after stack-dodoma-dc (reverted)", "dr-kyela"
    golden = (GOLDEN / "ends.txt").read_text().replace("DIGEST", digest(samples.demo_plan()))
    assert golden == said(
        samples,
        end("sw-dodoma", Outcome.CONFIRMED),
        end("dr-rungwe", Outcome.CONFIRMED),
        end("stack-dodoma-dc", Outcome.REVERTED, LOST, "stack-dodoma-dc"),
        end("dr-kyela", Outcome.UNKNOWN, SILENT, silent),
        end("dr-chunya", Outcome.REVERTED, "in one wave with dr-kyela, which failed", silent),
        end("web-1", Outcome.REFUSED, after, "stack-dodoma-dc"),
        end("web-2", Outcome.REFUSED, after, "stack-dodoma-dc"),
        end(
            "core-1", Outcome.REFUSED, "not begun: no wave is begun after stack-dodoma-dc (reverted)", "stack-dodoma-dc"
        ),
    )


def test_where_all_is_confirmed_nothing_is_left_to_do(samples: ModuleType) -> None:
    text = said(samples, end("core-1", Outcome.CONFIRMED), end("core-2", Outcome.CONFIRMED))
    assert text.endswith("\nConfirmed, and stands: 2 of 2 targets\n  core-1, core-2\n")


def test_its_own_name_is_not_said_twice(samples: ModuleType) -> None:
    text = said(samples, end("core-1", Outcome.REFUSED, "core-1: no session", "core-1"))
    assert "  core-1\n      no session\n" in text


def test_a_selector_is_quoted_where_a_shell_would_take_it_apart(samples: ModuleType) -> None:
    assert "govnet plan 'site=a b' -o FILE" in said(samples, end("core-1", Outcome.REFUSED), selector="site=a b")


def test_a_journal_that_failed_sends_to_resume_and_to_nothing_else(samples: ModuleType) -> None:
    text = said(samples, end("core-1", Outcome.UNKNOWN, "the journal failed"), problem="No space left on device")
    assert "It could not be brought to its end: No space left on device" in text
    assert "govnet resume" in text
    assert "govnet plan" not in text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reason=st.text(max_size=300), outcome=st.sampled_from(Outcome))
def test_no_line_is_wider_than_the_terminal_or_commands_it(samples: ModuleType, reason: str, outcome: Outcome) -> None:
    lines = said(samples, end("core-1", outcome, reason, "core-1"), problem=reason).splitlines()
    assert all(len(line) <= COLUMNS and line.isprintable() for line in lines)


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_said(samples: ModuleType, outcome: Outcome) -> None:
    assert f"\n{outcome.capitalize()}, and " in said(samples, end("core-1", outcome))
