"""Devices that change alike are read once, and nothing of any one of them is lost by that."""

from __future__ import annotations

from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from change.model import DiffLine, Effect, PartDiff, Step
from govnet.report.template_diff import TemplateDiff, column_name, names_in, template_diffs

NAMES = ("dr-kyela", "dr-rungwe", "rr-mbeya")
WORDS = st.sampled_from(
    ("ip address", "10.254.1.9/31", "10.254.1.11/31", "fd00::1", "description to", *NAMES, "<ospf-mbeya#01ab>",
     "<ospf-arusha#23cd>", "permit", "deny", "‹a›", "{0}", "\t", "é", "", "%s", "prefix-list dr-kyela-in", "۳")
)  # fmt: skip
TEXTS = st.one_of(st.lists(WORDS, max_size=4).map(" ".join), st.text(max_size=20))
LINES = st.builds(
    DiffLine,
    sign=st.sampled_from("+- "),
    text=TEXTS,
    effects=st.sampled_from(((), (Effect.FILTER_LOOSENED,))),
)
PARTS = st.lists(LINES, max_size=4).map(lambda lines: PartDiff(part="frr", lines=tuple(lines)))


def interface(port: str, old: str, new: str, far: str) -> PartDiff:
    return PartDiff(
        part="frr",
        lines=(
            DiffLine(sign=" ", text=f"interface {port}"),
            DiffLine(sign="-", text=f" ip address {old}/31"),
            DiffLine(sign="+", text=f" ip address {new}/31"),
            DiffLine(sign="+", text=f" description to {far}, was {old}"),
        ),
    )


def read_back(found: tuple[TemplateDiff, ...]) -> dict[str, list[PartDiff]]:
    parts: dict[str, list[PartDiff]] = {}
    for one in found:
        for row in one.rows:
            for target in row.targets:
                parts.setdefault(target, []).append(one.of(row))
    return parts


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(PARTS, min_size=1, max_size=6))
def test_template_and_values_give_back_each_diff_to_the_letter(samples: ModuleType, parts: list[PartDiff]) -> None:
    steps: list[Step] = [samples.step(1, f"r{number}", "here", 0, part) for number, part in enumerate(parts)]
    found = template_diffs(steps, NAMES)
    assert read_back(found) == {step.target: list(step.diff.parts) for step in steps}
    rows = [row for one in found for row in one.rows]
    assert all(len(row.values) == one.columns for one in found for row in one.rows)
    assert sum(len(row.targets) for row in rows) == len(steps)


def test_devices_that_differ_in_values_alone_are_one_diff_and_a_table(samples: ModuleType) -> None:
    steps = [
        samples.step(1, "dr-kyela", "kyela", 0, interface("eth1", "10.254.1.9", "10.254.1.15", "rr-mbeya")),
        samples.step(1, "dr-rungwe", "rungwe", 0, interface("eth1", "10.254.1.11", "10.254.1.17", "dr-kyela")),
        samples.step(1, "rr-mbeya", "mbeya", 0, interface("eth1", "10.254.1.9", "10.254.1.15", "rr-mbeya")),
    ]
    (found,) = template_diffs(steps, NAMES)
    assert [row.targets for row in found.rows] == [("dr-kyela", "rr-mbeya"), ("dr-rungwe",)]
    assert [row.values for row in found.rows] == [
        ("10.254.1.9", "10.254.1.15", "rr-mbeya"),
        ("10.254.1.11", "10.254.1.17", "dr-kyela"),
    ], "a value that stands in two lines is one column"
    assert found.lines[0].pieces == ("interface eth1",), "what all have is no column"
    assert found.lines[3].pieces == (" description to ", 2, ", was ", 0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (DiffLine(sign="+", text="permit 10"), DiffLine(sign="+", text="deny 10")),
        (DiffLine(sign="+", text="permit 10"), DiffLine(sign="-", text="permit 10")),
        (DiffLine(sign="+", text="permit 10"), DiffLine(sign="+", text="permit 10", effects=(Effect.DEFAULT_ROUTE,))),
        (DiffLine(sign="+", text="to unknown-place"), DiffLine(sign="+", text="to other-place")),
    ],
)
def test_what_is_no_value_is_never_a_column(samples: ModuleType, one: DiffLine, other: DiffLine) -> None:
    steps = [
        samples.step(1, f"r{number}", "here", 0, PartDiff(part="frr", lines=(line,)))
        for number, line in enumerate((one, other))
    ]
    assert [found.columns for found in template_diffs(steps, NAMES)] == [0, 0]


def test_a_table_as_long_as_the_diffs_is_none(samples: ModuleType) -> None:
    steps = [
        samples.step(1, f"r{number}", "here", 0, PartDiff(part="frr", lines=tuple(
            DiffLine(sign="+", text=f"route {number}.{line}") for line in range(6)
        )))
        for number in range(2)
    ]  # fmt: skip
    assert [(found.columns, found.targets) for found in template_diffs(steps, ())] == [(0, ("r0",)), (0, ("r1",))]


def test_names_are_those_that_stand_in_the_diffs(samples: ModuleType) -> None:
    step = samples.step(1, "r1", "here", 0, interface("eth1", "10.0.0.1", "10.0.0.3", "to-rr-mbeya"))
    assert names_in([step.diff], frozenset(NAMES)) == ("rr-mbeya",)


def test_columns_have_letters() -> None:
    assert [column_name(number) for number in (0, 25, 26, 27, 701, 702)] == ["a", "z", "aa", "ab", "zz", "aaa"]
