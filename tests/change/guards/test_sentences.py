"""Every finding word for word: whom it is about, how bad it is, and what reports translate it by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from change.guards.finding import Finding, refusals, risks_of
from change.guards.surroundings import LastKnown, Surroundings
from change.guards.table import own_findings, step_findings, wave_findings
from change.model import Diff, DiffLine, Effect, Level, PartDiff, Reason, RevertStrength, Step
from change.terrain import Terrain
from inventory.model import GuardLimits
from tests.change.fake_target import fingerprint
from tests.change.guards.made import judged, risk, with_effects, with_lines
from tests.change.guards.test_isolation import AROUND, beside
from tests.change.guards.test_share import removing
from tests.change.test_waves import BASE, step

ONLY_WAY = Surroundings(
    terrain=Terrain(
        ways={"jump": (("a", "switch"),), "switch": (("a", "jump"), ("b", "core")), "core": (("b", "switch"),)},
        centres=("core",),
        here="jump",
        site_of=dict.fromkeys(("jump", "switch", "core"), "centre"),
    )
)
CONTEXT = DiffLine(sign=" ", text="router bgp 65000", effects=(Effect.IDENTITY_CHANGED,))
REMOVED = DiffLine(sign="-", text="  neighbor 10.0.0.1 ")
MANUAL, NONE = RevertStrength.MANUAL, RevertStrength.NONE


def known(intent: str, stands_as: str | None) -> Surroundings:
    return Surroundings(last_known={"a": LastKnown(intent=intent, stands_as=stands_as)})


def finding(verdict: str, guard: str, says: str, *about: str, target: str = "a", line: str = "") -> Finding:
    reason = Reason(guard=guard, about=about, says=says, line=line)
    return Finding.model_validate({"target": target, "verdict": verdict, "reason": reason})


Case = tuple[Callable[[], tuple[Finding, ...]], tuple[Finding, ...]]
CASES: dict[str, Case] = {
    "outside": (
        lambda: step_findings([step("a")], Surroundings(selected=frozenset("b"))),
        (finding("refuse", "outside", "it is outside what was selected"),),
    ),
    "secret shown": (
        lambda: judged(with_lines(DiffLine(sign="+", text="password Zk3vQ81mWp"))),
        (finding("refuse", "secret-shown", "a secret stands in clear in line 1 of its part part", "1", "part"),),
    ),
    "secret perhaps": (
        lambda: judged(with_lines(CONTEXT, DiffLine(sign=" ", text="password zebra"))),
        (finding("high", "secret-perhaps", "line 2 of its part part may hold a secret in clear", "2", "part"),),
    ),
    "secret sent": (
        lambda: judged(step("a"), around=Surroundings(holds_secret=lambda text: text in ("new", "old"))),
        (
            finding("refuse", "secret-sent", "a secret stands in clear in its payload", "payload"),
            finding("refuse", "secret-sent", "a secret stands in clear in its inverse", "inverse"),
        ),
    ),
    "effect without a line": (
        lambda: judged(step("a").model_copy(update={"effects": (Effect.DATA_DELETED,)})),
        (finding("high", "data-deleted", "data is deleted"),),
    ),
    "weak": (
        lambda: judged(step("a", strength=MANUAL)),
        (finding("high", "weak", "it does not undo itself (manual)", "manual"),),
    ),
    "needs timed, of the step alone": (
        lambda: judged(step("a", strength=NONE).model_copy(update={"effects": (Effect.OWN_ACCESS,)})),
        (
            finding(
                "high", "own-access", "it changes what govnet itself is let in by: its account, its key, its latch"
            ),
            finding("high", "weak", "it does not undo itself (none)", "none"),
            finding(
                "refuse",
                "needs-timed",
                "own-access on a target that does not undo itself: a mistake would lock us out",
                "own-access",
            ),
        ),
    ),
    "needs timed, of the diff alone": (
        lambda: judged(
            with_lines(DiffLine(sign="-", text="x", effects=(Effect.MANAGEMENT_PATH,))).model_copy(
                update={"strength": MANUAL}
            )
        ),
        (
            finding("high", "management-path", "it changes the way by which we reach the box", line="part: - x"),
            finding("high", "weak", "it does not undo itself (manual)", "manual"),
            finding(
                "refuse",
                "needs-timed",
                "management-path on a target that does not undo itself: a mistake would lock us out",
                "management-path",
            ),
        ),
    ),
    "only way in": (
        lambda: judged(step("switch"), around=ONLY_WAY),
        (
            finding(
                "medium",
                "only-way-in",
                "it stands on our only way in: while it changes we may reach nothing",
                target="switch",
            ),
        ),
    ),
    "only way in, weak": (
        lambda: judged(step("switch", strength=NONE), around=ONLY_WAY)[1:],
        (
            finding(
                "refuse",
                "only-way-in-weak",
                "it stands on our only way in and does not undo itself: a mistake would lock us out of everything",
                target="switch",
            ),
        ),
    ),
    "blind": (
        lambda: judged(step("left"), around=replace(AROUND, now=None)),
        (
            finding(
                "medium",
                "blind",
                "others are reached through it, and what is down now is not known: nobody polls",
                target="left",
            ),
        ),
    ),
    "a share": (
        lambda: judged(with_lines(*removing(79), before=100)),
        (
            finding(
                "high",
                "removed-share",
                "79 of 100 lines of its configuration are removed (79 per cent)",
                *("79", "100", "79"),
            ),
        ),
    ),
    "nearly all": (
        lambda: judged(with_lines(*removing(161), before=200)),
        (
            finding(
                "refuse",
                "wiped",
                "161 of 200 lines of its configuration are removed (80 per cent): "
                "more than the inventory allows (guards: removed_percent_refused)",
                *("161", "200", "80"),
            ),
        ),
    ),
    "drift alone": (
        lambda: judged(with_lines(CONTEXT, REMOVED), around=known(BASE, None)),
        (
            finding(
                "medium",
                "drift-alone",
                "somebody changed it since our last change: the inventory wants what it wanted then",
                line="part: - neighbor 10.0.0.1",
            ),
        ),
    ),
    "drift without a line": (
        lambda: judged(with_lines(CONTEXT), around=known(BASE, None)),
        (
            finding(
                "medium",
                "drift-alone",
                "somebody changed it since our last change: the inventory wants what it wanted then",
            ),
        ),
    ),
    "drift too": (
        lambda: judged(with_lines(REMOVED), around=known(fingerprint("other"), fingerprint("other"))),
        (
            finding(
                "medium",
                "drift-too",
                "it is not as our last change left it: some of these lines undo what somebody else did",
            ),
        ),
    ),
    "a pair": (
        lambda: judged(step("a", apart=("c", "b", "elsewhere")), step("b"), step("c")),
        (
            finding("medium", "pair", "both halves of a redundant pair change: a and b, in different waves", "a", "b"),
            finding("medium", "pair", "both halves of a redundant pair change: a and c, in different waves", "a", "c"),
        ),
    ),
    "inherent": (
        lambda: wave_findings([[step("a")], [step("lone"), step("core-2")]], AROUND),
        (
            finding("medium", "cuts-sites", "while it changes, sites may be cut off: lone", "lone", target="lone"),
            finding(
                "medium",
                "cuts-institutions",
                "while it changes, institutions may be cut off: court, school",
                "court, school",
                target="lone",
            ),
        ),
    ),
    "jointly": (
        lambda: wave_findings([[step("twin-1", together="l"), step("twin-2", together="l")]], AROUND),
        (
            finding(
                "medium",
                "cuts-institutions",
                "while it changes, institutions may be cut off: bank",
                "bank",
                target="twin-1",
            ),
            *(
                finding(
                    "high",
                    "cuts-sites",
                    "while it changes, sites may be cut off: dual, twins",
                    "dual, twins",
                    target=name,
                )
                for name in ("twin-1", "twin-2")
            ),
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_finding_says_it_in_these_words(name: str) -> None:
    find, says = CASES[name]
    assert find() == says


ALL_WAYS = "it would change every way to a site at once: dual, twins"
REFUSED: dict[str, tuple[tuple[str, ...], Surroundings, tuple[Reason, ...]]] = {
    "all ways": (
        ("twin-2", "twin-1"),
        AROUND,
        (Reason(guard="all-ways", about=("dual, twins",), says=ALL_WAYS),),
    ),
    "all ways, and nobody measures": (
        ("twin-2", "twin-1"),
        replace(AROUND, now=None),
        (Reason(guard="all-ways", about=("dual, twins",), says=ALL_WAYS),),
    ),
    "while down": (
        ("twin-2",),
        beside(("twin-1", "lone"), ("region--left",)),
        (
            Reason(
                guard="while-down",
                about=("dual, twins", "lone, region--left, twin-1"),
                says="it would cut off dual, twins, while these are down: lone, region--left, twin-1",
            ),
        ),
    ),
    "too many": (
        ("left", "lone"),
        replace(AROUND, limits=GuardLimits(isolated_institutions=2)),
        (
            Reason(
                guard="too-many",
                about=("3", "2", "clinic, court, school"),
                says="it would cut off 3 institutions at once, and the inventory allows 2: clinic, court, school",
            ),
        ),
    ),
    "as many as may": (("left", "lone"), replace(AROUND, limits=GuardLimits(isolated_institutions=3)), ()),
    "who is cut off already is not counted again": (
        ("left", "lone"),
        replace(beside(("left",)), limits=GuardLimits(isolated_institutions=2)),
        (),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_wave_is_refused_in_these_words_of_each_of_its_targets(name: str) -> None:
    targets, around, says = REFUSED[name]
    found = wave_findings([[step(target) for target in targets]], around)
    refused = [one for one in found if one.verdict == "refuse"]
    assert [(one.target, one.reason) for one in refused] == [(name, reason) for reason in says for name in targets]
    assert refusals(found) == tuple(f"{', '.join(targets)}: {reason.says}" for reason in says)


def test_effects_stand_in_the_order_of_their_names_each_with_its_first_line_that_comes_or_goes() -> None:
    prefix, filtered = Effect.PREFIX_REMOVED, Effect.FILTER_LOOSENED
    parts = (
        PartDiff(
            part="frr",
            lines=(
                DiffLine(sign=" ", text="context", effects=(filtered,)),
                DiffLine(sign="-", text="one", effects=(prefix,)),
                DiffLine(sign="+", text="two", effects=(filtered, prefix)),
            ),
        ),
        PartDiff(part="snmpd", lines=(DiffLine(sign="-", text="three", effects=(filtered,)),)),
    )
    one = step("a").model_copy(update={"diff": Diff(parts=parts)})
    assert [(each.reason.guard, each.reason.line, each.verdict) for each in judged(one)] == [
        ("filter-loosened", "frr: + two", Level.HIGH),
        ("prefix-removed", "frr: - one", Level.MEDIUM),
    ]
    assert risk(one).level is Level.HIGH


def test_what_steps_say_wherever_they_stand_is_nothing_of_the_network_nor_of_the_selector() -> None:
    around = replace(ONLY_WAY, now=None, last_known=known(BASE, None).last_known)
    steps = [with_effects(Effect.DEFAULT_ROUTE), step("switch", strength=MANUAL), step("c")]
    assert [(one.target, one.reason.guard) for one in own_findings(steps, around)] == [
        ("a", "default-route"),
        ("a", "drift-alone"),
        ("switch", "weak"),
    ]


@pytest.mark.parametrize(
    ("removed", "of", "verdicts"),
    [
        (9, 10, []),
        (10, 10, ["refuse"]),
        (10, 12, ["refuse"]),
        (10, 13, [Level.HIGH]),
        (10, 33, [Level.HIGH]),
        (10, 34, []),
        (89, 299, []),
        (90, 300, [Level.HIGH]),
        (239, 300, [Level.HIGH]),
        (240, 300, ["refuse"]),
        (10, 0, []),
    ],
)
def test_shares_by_whole_per_cent_and_from_so_many_lines_on(removed: int, of: int, verdicts: list[str]) -> None:
    """By default from 10 lines, 30 and 80 per cent."""
    assert (GuardLimits().removed_lines, GuardLimits().removed_percent_high) == (10, 30)
    assert GuardLimits().removed_percent_refused == 80
    assert [one.verdict for one in judged(with_lines(*removing(removed), before=of))] == verdicts


def test_refusals_stand_by_reason_in_their_order_and_risks_keep_every_reason_in_theirs() -> None:
    found = [
        finding("refuse", "x", "no", target="b"),
        finding("medium", "y", "hm", target="a"),
        finding("refuse", "z", "never", target="a", line="part: + l"),
        finding("high", "w", "oh", target="a"),
        finding("refuse", "x", "no", target="a"),
        finding("low", "v", "well", target="a"),
        finding("medium", "y", "hm", target="b"),
    ]
    assert refusals(found) == ("b, a: no", "a: never: part: + l")
    assert refusals([]) == ()
    risks = risks_of(found)
    assert {name: (one.level, [reason.guard for reason in one.reasons]) for name, one in risks.items()} == {
        "a": (Level.HIGH, ["y", "w", "v"]),
        "b": (Level.MEDIUM, ["y"]),
    }


def lone(**changes: object) -> Step:
    return step("a").model_copy(update=changes)


def test_a_secret_is_looked_for_in_the_whole_part_and_not_beyond_a_line_s_end() -> None:
    """A private key of several lines is named by the line that begins it; the word before a line's end is no such."""
    pem = DiffLine(sign="+", text="-----BEGIN PRIVATE KEY-----"), DiffLine(sign="+", text="b3Bl")
    parts = (PartDiff(part="one", lines=(CONTEXT,)), PartDiff(part="two", lines=(CONTEXT, *pem)))
    found = judged(lone(diff=Diff(parts=parts)))
    assert [str(one.reason) for one in found] == ["a secret stands in clear in line 2 of its part two"]
    split = (DiffLine(sign="+", text="password"), DiffLine(sign="+", text="Zk3vQ81mWp"))
    assert judged(with_lines(*split)) == ()
