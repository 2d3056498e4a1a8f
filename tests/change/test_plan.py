"""A plan's file: read back only if it is the sealed one to the byte; made only where every target agrees."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from change.canonical import Document, canonical, digest_of
from change.model import Effect, Level, Plan, Promised, RevertStrength
from change.plan import PlanRefused, Relations, digest, make_plan, refuse_expired, seal, unseal
from tests.change.fake_target import FakeBox, FakeClock, FakeTarget
from tests.change.fake_world import PURPOSE

CLOCK = FakeClock()


def sample() -> Plan:
    boxes = [FakeTarget(FakeBox(name, CLOCK), wanted="mpya — Ünïcode\n") for name in ("box-a", "box-b")]
    return make_plan(boxes, PURPOSE, CLOCK)


SEALED = seal(sample())


def test_sealing_twice_gives_the_same_bytes_and_unsealing_the_same_plan() -> None:
    assert seal(sample()) == SEALED
    assert unseal(SEALED) == sample()
    assert seal(unseal(SEALED)) == SEALED
    document = json.loads(SEALED)
    assert document["digest"] == digest(sample()) == digest_of(canonical(document["plan"]))


def test_every_flipped_byte_is_refused() -> None:
    for place in range(len(SEALED)):
        for mask in (1, 0x20, 0x80):
            flipped = bytearray(SEALED)
            flipped[place] ^= mask
            with pytest.raises(PlanRefused):
                unseal(bytes(flipped))


@given(st.binary(max_size=300))
def test_any_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(PlanRefused):
        unseal(data)


@given(st.integers(0, len(SEALED)), st.sampled_from([b" ", b"\n", b"0", b"\xef\xbb\xbf", b",", b'"']))
def test_any_inserted_byte_is_refused(place: int, more: bytes) -> None:
    with pytest.raises(PlanRefused):
        unseal(SEALED[:place] + more + SEALED[place:])


@given(st.integers(0, len(SEALED) - 1))
def test_a_file_cut_short_is_refused(length: int) -> None:
    with pytest.raises(PlanRefused):
        unseal(SEALED[:length])


def resealed(document: dict[str, Document]) -> bytes:
    """What an attacker would write: a changed plan under its own right digest."""
    plan = document["plan"]
    return canonical({"plan": plan, "digest": digest_of(canonical(plan))})


def test_the_same_plan_in_another_writing_is_refused() -> None:
    document = json.loads(SEALED)
    for text in (json.dumps(document), json.dumps(document, indent=1), SEALED.decode() + "\n"):
        with pytest.raises(PlanRefused):
            unseal(text.encode())
    twice = SEALED.replace(b'{"digest":', b'{"digest":"x","digest":', 1)
    with pytest.raises(PlanRefused):
        unseal(twice)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [("version", 1, "version 1"), ("version", None, "version"), ("more", 1, "does not read"), ("steps", 3, "not read")],
)
def test_other_versions_and_unknown_fields_are_refused(key: str, value: object, says: str) -> None:
    document = json.loads(SEALED)
    document["plan"][key] = value
    with pytest.raises(PlanRefused, match=says):
        unseal(resealed(document))


def test_a_default_left_out_is_refused() -> None:
    document = json.loads(SEALED)
    del document["plan"]["steps"][0]["together"]
    with pytest.raises(PlanRefused):
        unseal(resealed(document))


def test_a_plan_expires_to_the_second_and_is_not_valid_before_it_was_made() -> None:
    clock = FakeClock()
    plan = sample()
    refuse_expired(plan, clock.utc())
    clock.advance(PURPOSE.valid_s - 1)
    refuse_expired(plan, clock.utc())
    clock.advance(1)
    with pytest.raises(PlanRefused, match="expired"):
        refuse_expired(plan, clock.utc())
    clock.advance(-PURPOSE.valid_s - 1)
    with pytest.raises(PlanRefused, match="still to come"):
        refuse_expired(plan, clock.utc())


def test_unchanged_targets_have_no_step_and_an_unchanged_world_no_steps() -> None:
    boxes = [FakeTarget(FakeBox("box-a", CLOCK, content="new")), FakeTarget(FakeBox("box-b", CLOCK))]
    assert [step.target for step in make_plan(boxes, PURPOSE, CLOCK).steps] == ["box-b"]
    assert make_plan(boxes[:1], PURPOSE, CLOCK).steps == ()


def test_step_ids_differ_between_plans_so_that_a_box_can_tell() -> None:
    later = FakeClock()
    later.advance(1)
    box = FakeTarget(FakeBox("box-a", CLOCK))
    ids = {make_plan([box], PURPOSE, clock).steps[0].id for clock in (CLOCK, later)}
    assert len(ids) == 2


def test_relations_become_relations_of_steps_and_keep_out_who_has_none() -> None:
    boxes = [FakeTarget(FakeBox(name, CLOCK), distance=1) for name in ("box-a", "box-b", "box-c")]
    relations = Relations(after={"box-a": ("box-b", "box-x")}, apart=(("box-a", "box-c"), ("box-a", "box-y")))
    steps = {step.target: step for step in make_plan(boxes, PURPOSE, CLOCK, lambda _: relations).steps}
    assert steps["box-a"].after == (steps["box-b"].id,)
    assert steps["box-a"].apart == (steps["box-c"].id,)
    assert steps["box-c"].apart == (steps["box-a"].id,)
    assert steps["box-b"].wave < steps["box-a"].wave
    assert steps["box-a"].wave != steps["box-c"].wave


def test_risk_comes_with_the_line_that_causes_it() -> None:
    box = FakeTarget(FakeBox("box-a", CLOCK), effects=(Effect.FILTER_LOOSENED,))
    risk = make_plan([box], PURPOSE, CLOCK).steps[0].risk
    assert risk.level is Level.HIGH
    assert risk.reasons[0].line == "content: + new"


def test_what_guards_refuse_makes_no_plan() -> None:
    weak = FakeTarget(FakeBox("box-a", CLOCK), effects=(Effect.MANAGEMENT_PATH,), revert_strength=RevertStrength.MANUAL)
    with pytest.raises(PlanRefused, match="lock us out"):
        make_plan([weak], PURPOSE, CLOCK)


def test_contradicting_relations_make_no_plan() -> None:
    boxes = [FakeTarget(FakeBox(name, CLOCK)) for name in ("box-a", "box-b")]
    circle = Relations(after={"box-a": ("box-b",), "box-b": ("box-a",)})
    with pytest.raises(PlanRefused, match="circle"):
        make_plan(boxes, PURPOSE, CLOCK, lambda _: circle)
    two_groups = Relations(together={"link-1": ("box-a", "box-b"), "link-2": ("box-b",)})
    with pytest.raises(PlanRefused, match="more than one group"):
        make_plan(boxes, PURPOSE, CLOCK, lambda _: two_groups)


def test_a_wave_holds_as_long_as_its_longest_and_its_timers_cover_every_ring() -> None:
    boxes = [
        FakeTarget(FakeBox("box-a", CLOCK), distance=3, hold_s=4, timer_s=13),
        FakeTarget(FakeBox("box-b", CLOCK), distance=2, hold_s=40, timer_s=47),
        FakeTarget(FakeBox("box-c", CLOCK), distance=1, hold_s=4, timer_s=13),
    ]
    plan = make_plan(boxes, PURPOSE, CLOCK)
    canary, second = plan.waves
    assert [(step.hold_s, step.timer_s) for step in canary] == [(4, 13)]
    assert [(step.hold_s, step.timer_s) for step in second] == [(40, 40 + 2 * 9)] * 2


def newborn(name: str) -> FakeTarget:
    return FakeTarget(FakeBox(name, CLOCK), born_of="maker")


def test_what_another_step_creates_has_a_promised_base_and_comes_after_it() -> None:
    maker = FakeTarget(FakeBox("maker", CLOCK), revert_strength=RevertStrength.MANUAL)
    plan = make_plan([maker, newborn("child"), FakeTarget(FakeBox("other", CLOCK))], PURPOSE, CLOCK)
    by_target = {step.target: step for step in plan.steps}
    base = by_target["child"].base
    assert base == Promised(step=by_target["maker"].id, fingerprint=digest_of(b"old"))
    assert by_target["child"].after == (by_target["maker"].id,)
    assert [[step.target for step in wave] for wave in plan.waves] == [["other"], ["maker"], ["child"]]


def test_what_nothing_in_the_plan_creates_is_refused_all_of_it_at_once() -> None:
    with pytest.raises(PlanRefused) as caught:
        make_plan([newborn("child"), newborn("twin")], PURPOSE, CLOCK)
    assert caught.value.problems == (
        "child does not exist yet: select maker too",
        "twin does not exist yet: select maker too",
    )
