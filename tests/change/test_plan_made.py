"""What a plan is made of: every field from where it comes, every sentence that refuses it, and who hears of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from change.canonical import canonical, digest_of
from change.guards.surroundings import LastKnown, Surroundings
from change.model import (
    Diff,
    DiffLine,
    Effect,
    Level,
    OnFailure,
    PartDiff,
    Plan,
    Probe,
    Promised,
    Read,
    Reason,
    RevertStrength,
    Risk,
    Source,
    Standing,
    Step,
)
from change.permits import Limits
from change.plan import (
    PlanRefused,
    Previewed,
    Purpose,
    Relations,
    digest,
    levelled,
    make_plan,
    refuse_expired,
    seal,
    step_id,
    unseal,
)
from change.target import Preview, TargetError, TargetUnreachable
from change.waves import Order
from tests.change.fake_target import FakeBox, FakeClock, FakeTarget, fingerprint
from tests.change.fake_world import PURPOSE
from tests.change.guards.test_isolation import AROUND, beside
from tests.change.test_waves import step

CLOCK = FakeClock()
NOT_CANONICAL = "the plan's file is not the canonical form that was sealed"
CREATED = "2026-11-23T06:00:00Z"


def box(name: str, distance: int = 1) -> FakeTarget:
    return FakeTarget(FakeBox(name, CLOCK), distance=distance)


def refused(*targets: FakeTarget, relations: Relations | None = None, around: Surroundings | None = None) -> object:
    relate = (lambda _: relations) if relations else None
    with pytest.raises(PlanRefused) as caught:
        make_plan(targets, PURPOSE, CLOCK, relate, around=around)
    assert str(caught.value) == "; ".join(caught.value.problems)
    return caught.value.problems


def test_a_plan_says_what_its_purpose_says_and_from_when_to_when() -> None:
    source = Source(world="demo", inventory="sha256:" + "2" * 64, commit="abc")
    purpose = Purpose(
        author="juma",
        reason="why",
        selector="site=mbeya",
        source=source,
        on_failure=OnFailure.TAKE_BACK,
        valid_s=90,
    )
    plan = make_plan([box("a")], purpose, CLOCK)
    assert plan == Plan(
        created=CREATED,
        expires="2026-11-23T06:01:30Z",
        author="juma",
        reason="why",
        selector="site=mbeya",
        source=source,
        on_failure=OnFailure.TAKE_BACK,
        steps=plan.steps,
    )
    plain = make_plan([box("a")], PURPOSE, CLOCK)
    assert (plain.expires, plain.on_failure) == ("2026-11-24T06:00:00Z", OnFailure.HOLD)


def test_a_step_has_what_its_target_its_preview_and_its_relations_say() -> None:
    seen, other = Probe(kind="ping", subject="x", expect="up"), Probe(kind="mail", subject="y", expect="250")
    one = FakeTarget(
        FakeBox("b", CLOCK, content="before"),
        wanted="after",
        plane="network",
        site="mbeya",
        distance=3,
        revert_strength=RevertStrength.TIMED,
        effects=(Effect.DEFAULT_ROUTE,),
        hold_s=7,
        timer_s=19,
        probes=(seen,),
    )
    standing = Standing(region="mbeya", ring=2, institutions=("bank",))
    relations = Relations(
        after={"b": ("a", "nobody")},
        together={"z-link": ("b", "d"), "other-link": ("c",)},
        apart=(("c", "b"), ("b", "e"), ("x", "b"), ("a", "c")),
        standing={"b": standing},
        probes={"b": (other,), "c": (seen,)},
    )
    targets = [one, *(FakeTarget(FakeBox(name, CLOCK), distance=1) for name in "edca")]
    plan = make_plan(targets, PURPOSE, CLOCK, lambda _: relations)
    steps = {step.target: step for step in plan.steps}
    line = DiffLine(sign="+", text="after", effects=(Effect.DEFAULT_ROUTE,))
    says = "a default route moves everything that has no better route"
    assert steps["b"] == Step(
        id=steps["b"].id,
        target="b",
        plane="network",
        site="mbeya",
        base=Read(fingerprint=fingerprint("before")),
        payload="after",
        inverse="before",
        result=fingerprint("after"),
        diff=Diff(parts=(PartDiff(part="content", lines=(DiffLine(sign="-", text="before"), line)),)),
        effects=(Effect.DEFAULT_ROUTE,),
        risk=Risk(
            level=Level.HIGH,
            reasons=(
                Reason(guard="default-route", says=says, line="content: + after"),
                *pair_reasons("b", "c"),
                *pair_reasons("b", "e"),
            ),
        ),
        intent=fingerprint("intent after"),
        strength=RevertStrength.TIMED,
        hold_s=7,
        timer_s=steps["b"].timer_s,
        after=(steps["a"].id,),
        together="z-link",
        apart=tuple(sorted((steps["c"].id, steps["e"].id))),
        distance=3,
        standing=standing,
        probes=(seen, other),
        wave=steps["b"].wave,
    )
    assert (steps["a"].risk.level, steps["a"].standing, steps["a"].probes) == (Level.MEDIUM, Standing(), ())
    assert steps["d"].together == "z-link" and steps["d"].risk == Risk(level=Level.LOW)
    assert steps["c"].apart == tuple(sorted((steps["a"].id, steps["b"].id)))


def pair_reasons(one: str, other: str) -> tuple[Reason, ...]:
    says = f"both halves of a redundant pair change: {one} and {other}, in different waves"
    return (Reason(guard="pair", about=(one, other), says=says),)


def test_how_targets_relate_is_told_from_what_would_change() -> None:
    told: list[Mapping[str, Preview]] = []

    def relate(previews: Mapping[str, Preview]) -> Relations:
        told.append(previews)
        return Relations()

    make_plan([box("b"), FakeTarget(FakeBox("a", CLOCK, content="new"))], PURPOSE, CLOCK, relate)
    assert told == [{"b": box("b").preview()}]


def test_steps_stand_by_wave_farthest_first_then_by_name_however_the_targets_came() -> None:
    targets = [box(name, distance) for name, distance in (("d", 1), ("a", 1), ("c", 2), ("b", 1))]
    for given in (targets, targets[::-1]):
        plan = make_plan(given, PURPOSE, CLOCK)
        assert [(step.target, step.wave) for step in plan.steps] == [("c", 0), ("a", 1), ("b", 1), ("d", 1)]
    plan = make_plan(targets, PURPOSE, CLOCK, order=Order(canary=0, wave=2))
    assert [(step.target, step.wave) for step in plan.steps] == [("c", 0), ("a", 0), ("b", 1), ("d", 1)]


@dataclass
class DeafTarget(FakeTarget):
    """Cannot be previewed."""

    problem: Exception | None = None

    def preview(self) -> Preview | None:
        if self.problem:
            raise self.problem
        return super().preview()


def deaf(name: str, problem: Exception) -> DeafTarget:
    return DeafTarget(FakeBox(name, CLOCK), problem=problem)


def test_who_waits_is_told_of_each_target_as_it_ends() -> None:
    heard: list[Previewed] = []
    as_intended = FakeTarget(FakeBox("b", CLOCK, content="new"))
    targets = [box("c"), as_intended, box("a")]
    make_plan(targets, PURPOSE, CLOCK, limits=Limits(at_once=1), hear=heard.append)
    assert heard == [
        Previewed("a", 1, 3, "differs"),
        Previewed("b", 2, 3, "as intended"),
        Previewed("c", 3, 3, "differs"),
    ]


def test_every_target_that_does_not_answer_is_named_and_heard_of() -> None:
    heard: list[Previewed] = []
    targets = [deaf("b", TargetUnreachable("no session")), box("a"), deaf("c", TargetError("c: says no"))]
    with pytest.raises(PlanRefused) as caught:
        make_plan(targets, PURPOSE, CLOCK, limits=Limits(at_once=1), hear=heard.append)
    assert caught.value.problems == ("b: no session", "c: says no")
    assert str(caught.value) == "b: no session; c: says no"
    assert [one.says for one in heard] == ["differs", "no session", "c: says no"]


def test_a_defect_of_ours_is_no_refusal() -> None:
    heard: list[Previewed] = []
    with pytest.raises(ZeroDivisionError):
        make_plan([deaf("a", ZeroDivisionError("1/0"))], PURPOSE, CLOCK, hear=heard.append)
    assert [one.says for one in heard] == ["could not be read"]


def test_all_that_is_wrong_is_said_at_once() -> None:
    weak = FakeTarget(FakeBox("a", CLOCK), effects=(Effect.OWN_ACCESS,), revert_strength=RevertStrength.NONE)
    circle = Relations(after={"b": ("c",), "c": ("b",)})
    assert refused(weak, box("b"), box("c"), relations=circle) == (
        "a: own-access on a target that does not undo itself: a mistake would lock us out",
        "these steps wait for one another in a circle: b, c",
    )
    two = Relations(together={"link-2": ("a", "b"), "link-1": ("a",)})
    assert refused(box("a"), box("b"), relations=two) == (
        "a is in more than one group that is tried together: link-1, link-2",
    )


def test_what_surrounds_it_is_asked_of_the_steps_of_the_order_and_of_the_waves() -> None:
    """A base that drifted; two ways to a site, which no wave changes at once; and the last way while one is down."""
    drifted = Surroundings(last_known={"a": LastKnown(intent=fingerprint("intent new"), stands_as=None)})
    (step,) = make_plan([box("a")], PURPOSE, CLOCK, around=drifted).steps
    assert [one.guard for one in step.risk.reasons] == ["drift-alone"]
    plan = make_plan(
        [box("twin-1"), box("twin-2")], PURPOSE, CLOCK, order=Order(canary=0), around=replace(AROUND, selected=NOBODY)
    )
    assert [[step.target for step in wave] for wave in plan.waves] == [["twin-1"], ["twin-2"]]
    (lone,) = make_plan([box("lone")], PURPOSE, CLOCK, around=AROUND).steps
    assert [one.guard for one in lone.risk.reasons] == ["cuts-sites", "cuts-institutions"]
    assert refused(box("right"), around=beside(links=("region--left",))) == (
        "right: it would cut off left, while these are down: region--left",
    )


NOBODY = frozenset({"nobody"})
"""What was selected before is not what is planned now."""


@pytest.mark.parametrize("field", ["base", "payload", "result", "intent"])
def test_an_id_is_of_the_target_the_change_and_the_making(field: str) -> None:
    preview = box("a").preview()
    assert preview is not None
    at = datetime(2026, 11, 23, 6, tzinfo=UTC)
    one = step_id("box.a", preview, at)
    name, _, tail = one.rpartition(".")
    assert name == "box.a"
    assert len(tail) == 12 and set(tail) <= set("0123456789abcdef")
    other = preview.model_copy(update={field: fingerprint("another")})
    made = {one, step_id("box.b", preview, at), step_id("box.a", other, at)}
    made.add(step_id("box.a", preview, at + timedelta(microseconds=1)))
    assert len({id_.rpartition(".")[2] for id_ in made}) == 4


def test_what_is_born_of_another_waits_for_it_before_all_else() -> None:
    maker = FakeTarget(FakeBox("maker", CLOCK), revert_strength=RevertStrength.MANUAL)
    child = FakeTarget(FakeBox("child", CLOCK), born_of="maker")
    plan = make_plan([maker, child, box("a")], PURPOSE, CLOCK, lambda _: Relations(after={"child": ("a",)}))
    steps = {step.target: step for step in plan.steps}
    assert steps["child"].after == (steps["maker"].id, steps["a"].id)
    assert steps["child"].base == Promised(step=steps["maker"].id, fingerprint=fingerprint("old"))
    assert steps["maker"].risk.level is Level.HIGH


def timed(name: str, distance: int, hold_s: int, timer_s: int) -> Step:
    return step(name, distance).model_copy(update={"hold_s": hold_s, "timer_s": timer_s})


def narrow(targets: str) -> Limits:
    """One at a time of these."""
    return Limits(sizes={"x": 1}, through=dict.fromkeys(targets, ("x",)))


@pytest.mark.parametrize(
    ("wave", "limits", "hold_s", "timer_s"),
    [
        ([timed("a", 1, 4, 13)], Limits(), 4, 13),
        ([timed("a", 1, 4, 13), timed("b", 1, 4, 13)], Limits(), 4, 13),
        ([timed("a", 1, 4, 13), timed("b", 1, 4, 13), timed("c", 1, 4, 13)], Limits(), 4, 22),
        ([timed("a", 1, 4, 13), timed("b", 2, 9, 12)], Limits(), 9, 27),
        ([timed("a", 1, 4, 13), timed("b", 1, 4, 13)], Limits(at_once=1), 4, 22),
        ([timed(name, 1, 4, 13) for name in "abcd"], Limits(sizes={"x": 1}, through={"b": ("x",), "c": ("x",)}), 4, 22),
        (
            [timed(name, 1, 4, 13) for name in "abc"],
            Limits(sizes={"x": 1}, through=dict.fromkeys("abc", ("x",))),
            4,
            31,
        ),
        ([timed("a", 1, 4, 5)], Limits(), 4, 5),
        ([timed("a", 1, 4, 4)], Limits(), 4, 5),
    ],
)
def test_a_waves_timers_cover_its_rings_its_pairs_and_its_turns(
    wave: list[Step], limits: Limits, hold_s: int, timer_s: int
) -> None:
    found = levelled(wave, 3, limits)
    assert [one.target for one in found] == [one.target for one in wave]
    assert {(one.wave, one.hold_s, one.timer_s) for one in found} == {(3, hold_s, timer_s)}


def test_the_limits_of_the_sessions_are_those_of_the_timers() -> None:
    targets = [box("a"), box("b")]
    one_by_one = make_plan(targets, PURPOSE, CLOCK, order=Order(canary=0), limits=Limits(at_once=1))
    assert {step.timer_s for step in one_by_one.steps} == {2 + 2 * 8}
    assert {step.timer_s for step in make_plan(targets, PURPOSE, CLOCK, order=Order(canary=0)).steps} == {10}


def sealed() -> dict[str, object]:
    document: dict[str, object] = json.loads(seal(make_plan([box("a")], PURPOSE, CLOCK)))
    return document


def with_plan(**changes: object) -> bytes:
    plan = sealed()["plan"]
    assert isinstance(plan, dict)
    changed = plan | changes
    return canonical({"plan": changed, "digest": digest_of(canonical(changed))})


NO_PLAN = "this is not a sealed plan: it has not exactly the keys digest and plan"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff", "this is not a sealed plan: it is not JSON"),
        (b"{", "this is not a sealed plan: it is not JSON"),
        (b"[" * 100_000, "this is not a sealed plan: it is not JSON"),
        (b"[]", NO_PLAN),
        (b'["plan","digest"]', NO_PLAN),
        (b"{}", NO_PLAN),
        (b'{"plan":{}}', NO_PLAN),
        (b'{"digest":"","more":1,"plan":{}}', NO_PLAN),
        (b'{"digest":"","plan":[]}', NO_PLAN),
        (b'{"digest":"","plan":{}}', "this plan has version None, and this govnet knows version 2 alone"),
        (with_plan(version=3), "this plan has version 3, and this govnet knows version 2 alone"),
        (with_plan(version="2"), "this plan has version '2', and this govnet knows version 2 alone"),
        (with_plan(steps=3), "the plan was changed since it was sealed: it does not read as a plan"),
        (
            seal(make_plan([box("a")], PURPOSE, CLOCK)) + b"\n",
            "the plan's file is not the canonical form that was sealed",
        ),
    ],
)
def test_a_file_that_is_no_sealed_plan_says_what_is_wrong_with_it(content: bytes, says: str) -> None:
    with pytest.raises(PlanRefused) as caught:
        unseal(content)
    assert caught.value.problems == (says,)


def test_another_digest_is_told_with_the_right_one() -> None:
    plan = make_plan([box("a")], PURPOSE, CLOCK)
    for other in ("sha256:" + "0" * 64, None, 3):
        with pytest.raises(PlanRefused) as caught:
            unseal(canonical({"plan": sealed()["plan"], "digest": other}))  # type: ignore[dict-item]  # what no plan of ours has
        assert str(caught.value) == f"the plan was changed since it was sealed: its digest is {digest(plan)}"


def test_out_of_its_time_a_plan_says_which_time_that_is() -> None:
    plan = make_plan([box("a")], PURPOSE, CLOCK)
    made = datetime(2026, 11, 23, 6, tzinfo=UTC)
    refuse_expired(plan, made)
    refuse_expired(plan, made + timedelta(days=1, microseconds=-1))
    for now, says in (
        (made + timedelta(days=1), "the plan expired at 2026-11-24T06:00:00Z: make and review a new one"),
        (
            made - timedelta(microseconds=1),
            "the plan was made at 2026-11-23T06:00:00Z, which is still to come: a clock is wrong",
        ),
    ):
        with pytest.raises(PlanRefused) as caught:
            refuse_expired(plan, now)
        assert str(caught.value) == says
