"""Apply, as its callers see it: what is refused, what is confirmed, what goes back, and what was sent meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from change.chain import Head
from change.evidence import evidence
from change.journal import Event, keep_head
from change.model import Outcome, Plan, Probe, RevertStrength, Step
from change.plan import PlanRefused, Relations, digest, seal
from change.result import Result, StepEnd, exit_status
from change.run import ProbeResult
from tests.change.fake_target import FakeProcess, Fault, Lie
from tests.change.fake_world import FakeWorld

THREE = {"far": 3, "middle": 2, "near": 1}


@pytest.fixture
def world(folder: Path) -> FakeWorld:
    return FakeWorld(folder, THREE)


def outcomes(result: Result) -> dict[str, Outcome]:
    return {end.target: end.outcome for end in result.ends}


def contents(world: FakeWorld) -> dict[str, str]:
    return {name: box.content for name, box in world.boxes.items()}


def refused(world: FakeWorld, plan: bytes | Plan) -> str:
    with pytest.raises(PlanRefused) as caught:
        world.apply(plan)
    assert world.sent() == []
    return str(caught.value)


def test_a_good_change_is_confirmed_everywhere(world: FakeWorld) -> None:
    result = world.apply(world.plan())
    assert set(outcomes(result).values()) == {Outcome.CONFIRMED}
    assert result.exit_status == 0
    assert set(contents(world).values()) == {"new"}
    assert world.plan().steps == ()
    assert world.journal().verify() == ()
    assert world.journal().open_plans() == ()


def test_the_canary_goes_alone_and_the_farthest_is_tried_first(world: FakeWorld) -> None:
    plan = world.plan()
    waves = [[step.target for step in wave] for wave in plan.waves]
    assert waves == [["far"], ["middle", "near"]]
    world.apply(plan)
    tried = [entry.target for entry in world.journal().entries() if entry.event == Event.TRIED]
    assert tried == ["far", "middle", "near"]


def test_a_verify_knows_which_steps_of_the_plan_are_still_to_come(world: FakeWorld) -> None:
    world.apply(world.plan())
    later = {name: box.later for name, box in world.boxes.items()}
    assert later == {"far": {"middle", "near"}, "middle": frozenset(), "near": frozenset()}


def test_a_box_that_was_long_in_arming_has_its_whole_timer_all_the_same(world: FakeWorld) -> None:
    """As a server does, which is prepared once more and sent what it will copy."""
    world.boxes["far"].faults["arm"] = Fault.SLOW
    result = world.apply(world.plan())
    assert outcomes(result)["far"] is Outcome.CONFIRMED


def test_what_was_read_back_is_closed_and_what_went_back_is_not(world: FakeWorld) -> None:
    world.boxes["near"].faults["confirm"] = Fault.SAYS_NO
    plan = world.plan()
    far, middle = (next(step for step in plan.steps if step.target == name) for name in ("far", "middle"))
    assert set(outcomes(world.apply(plan)).values()) == {Outcome.CONFIRMED, Outcome.REVERTED}
    assert world.boxes["far"].closed == [far.id]
    (undone,) = world.boxes["middle"].closed
    assert undone != middle.id and undone.startswith(middle.id), "of its inverse, which stays"
    assert world.boxes["near"].closed == []


def test_every_intent_is_durable_before_its_box_hears_of_it(world: FakeWorld) -> None:
    world.apply(world.plan())
    for name in THREE:
        events = [entry.event for entry in world.journal().entries() if entry.target == name]
        order = [Event.INTENT, Event.ARMED, Event.TRYING, Event.TRIED, Event.HOLDING, Event.VERIFIED]
        order += [Event.CONFIRMING, Event.CONFIRMED, Event.OUTCOME]
        assert [event for event in events if event in order] == order


def test_a_flipped_byte_a_used_plan_and_an_expired_one_are_refused(world: FakeWorld) -> None:
    plan = world.plan()
    sealed = bytearray(seal(plan))
    sealed[len(sealed) // 2] ^= 1
    refused(world, bytes(sealed))
    world.clock.advance(24 * 3600)
    assert "expired" in refused(world, plan)
    fresh = world.plan()
    world.apply(fresh)
    sent = world.sent()
    with pytest.raises(PlanRefused, match="applied already"):
        world.apply(fresh)
    assert world.sent() == sent


def test_a_stale_base_anywhere_refuses_the_whole_plan(world: FakeWorld) -> None:
    plan = world.plan()
    world.boxes["near"].content = "something else"
    result = world.apply(plan)
    assert set(outcomes(result).values()) == {Outcome.REFUSED}
    assert result.exit_status == 3
    assert world.sent() == []
    assert "near" in result.ends[0].reason


def test_a_different_intent_refuses_the_whole_plan(world: FakeWorld) -> None:
    plan = world.plan()
    world.wanted = "newer"
    result = world.apply(plan)
    assert set(outcomes(result).values()) == {Outcome.REFUSED}
    assert world.sent() == []


def test_a_base_that_changes_between_waves_stops_the_rest(world: FakeWorld) -> None:
    plan = world.plan()

    def meddle() -> None:
        world.boxes["near"].content = "meddled"

    world.clock.on_wait = meddle
    assert outcomes(world.apply(plan)) == {
        "far": Outcome.CONFIRMED,
        "middle": Outcome.REFUSED,
        "near": Outcome.REFUSED,
    }
    assert "middle arm" not in world.sent()


@pytest.mark.parametrize("fault", [Fault.LOST_BEFORE, Fault.SILENT, Fault.OTHER_KEY, Fault.SAYS_NO])
def test_what_cannot_be_read_is_refused_with_nothing_sent(world: FakeWorld, fault: Fault) -> None:
    plan = world.plan()
    world.boxes["middle"].faults["read"] = fault
    result = world.apply(plan)
    assert result.exit_status == 3
    assert world.sent() == []


def test_a_change_that_cuts_its_own_way_in_is_undone_by_the_box(world: FakeWorld) -> None:
    plan = world.plan()
    world.boxes["middle"].faults["try"] = Fault.CUT
    result = world.apply(plan)
    assert outcomes(result) == {"far": Outcome.CONFIRMED, "middle": Outcome.REVERTED, "near": Outcome.REVERTED}
    assert result.exit_status == 4
    assert contents(world) == {"far": "new", "middle": "old", "near": "old"}
    assert "middle revert" not in world.sent()


def test_what_bites_only_within_the_hold_is_noticed(world: FakeWorld) -> None:
    world.hold_s = 20
    plan = world.plan()

    def sicken() -> None:
        box = world.boxes["far"]
        box.sick = box.content == "new" and world.clock.now > 1015

    world.clock.on_wait = sicken
    result = world.apply(plan)
    assert outcomes(result)["far"] is Outcome.REVERTED
    assert set(contents(world).values()) == {"old"}


def test_a_failure_that_heals_within_the_hold_is_forgiven_and_written_down(world: FakeWorld) -> None:
    world.hold_s = 20
    for box in world.boxes.values():
        box.sick = True

    def heal() -> None:
        for box in world.boxes.values():
            box.sick = world.clock.now < 1010

    world.clock.on_wait = heal
    result = world.apply(world.plan())
    assert result.exit_status == 0
    assert "it is not healthy" in [entry.detail for entry in world.journal().entries()]


def test_a_box_that_gives_up_is_not_held_on_to(world: FakeWorld) -> None:
    world.hold_s = 500
    plan = world.plan()
    far = world.boxes["far"]

    def give_up() -> None:
        for step in far.records:
            far.go_back(step)

    world.clock.on_wait = give_up
    result = world.apply(plan)
    assert outcomes(result)["far"] is Outcome.REVERTED
    assert world.clock.now < 1100


def test_too_little_of_the_timer_left_goes_back_instead_of_racing(world: FakeWorld) -> None:
    plan = world.plan()
    dawdling = iter([8.5])

    def dawdle() -> None:
        world.clock.advance(next(dawdling, 0.0))

    world.clock.on_wait = dawdle
    result = world.apply(plan)
    assert outcomes(result)["far"] is Outcome.REVERTED
    assert "far confirm" not in world.sent()


def test_probes_are_asked_before_and_after_and_a_bad_answer_goes_back(world: FakeWorld) -> None:
    world.probes = (Probe(kind="reach", subject="10.0.0.1", expect="answers"),)
    asked: list[bool] = []

    def answer(probe: Probe) -> ProbeResult:
        asked.append(world.boxes["far"].content == "new")
        return ProbeResult(ok=not asked[-1], detail="silence" if asked[-1] else "1 ms")

    world.probe_says = answer
    result = world.apply(world.plan())
    assert outcomes(result)["far"] is Outcome.REVERTED
    assert asked[0] is False and asked[-1] is True
    assert "reach 10.0.0.1: silence" in result.ends[0].reason


def test_half_a_confirmed_wave_goes_back_by_its_inverse(world: FakeWorld) -> None:
    plan = world.plan()
    world.boxes["near"].faults["confirm"] = Fault.SAYS_NO
    result = world.apply(plan)
    assert outcomes(result) == {"far": Outcome.CONFIRMED, "middle": Outcome.REVERTED, "near": Outcome.REVERTED}
    assert contents(world) == {"far": "new", "middle": "old", "near": "old"}
    found = evidence(world.journal(), digest(plan))
    assert [phase.event for phase in found.steps[1].undone_by][-1] == Event.OUTCOME


def test_a_lost_answer_to_the_confirm_is_asked_for_again(world: FakeWorld) -> None:
    plan = world.plan()
    world.boxes["middle"].faults["confirm"] = Fault.LOST_AFTER
    assert world.apply(plan).exit_status == 0


def test_a_confirm_that_did_not_arrive_is_sent_again(world: FakeWorld) -> None:
    plan = world.plan()
    faults = world.boxes["middle"].faults
    faults["confirm"] = Fault.LOST_BEFORE

    def heal() -> None:
        if "middle confirm" in world.sent():
            faults.clear()

    world.clock.on_wait = heal
    assert world.apply(plan).exit_status == 0
    assert world.sent().count("middle confirm") == 2


def test_a_box_that_never_answers_again_is_unknown_with_what_to_look_at(world: FakeWorld) -> None:
    plan = world.plan()
    world.boxes["middle"].faults["try"] = Fault.SILENT
    result = world.apply(plan)
    assert outcomes(result) == {"far": Outcome.CONFIRMED, "middle": Outcome.UNKNOWN, "near": Outcome.REVERTED}
    assert result.exit_status == 5
    reason = next(end.reason for end in result.ends if end.target == "middle")
    assert plan.steps[1].id in reason and "console" in reason


def test_a_revert_that_breaks_is_unknown(world: FakeWorld) -> None:
    world.boxes["far"].breaks = True
    world.boxes["far"].sick = True
    result = world.apply(world.plan())
    assert outcomes(result)["far"] is Outcome.UNKNOWN


def test_a_box_that_only_says_that_it_is_back_is_unknown(world: FakeWorld) -> None:
    world.boxes["far"].tell(Lie.REVERT)
    world.boxes["far"].sick = True
    result = world.apply(world.plan())
    assert outcomes(result)["far"] is Outcome.UNKNOWN
    assert "it reads as" in result.ends[0].reason


def test_what_was_confirmed_and_reads_otherwise_is_unknown(world: FakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = world.plan()
    far = world.boxes["far"]
    keep = far.confirm

    def confirm_and_lose_it(step: Step) -> None:
        keep(step)
        far.content = "what the start-up file said"

    monkeypatch.setattr(far, "confirm", confirm_and_lose_it)  # a daemon that came back with its old file
    result = world.apply(plan)
    assert outcomes(result) == {"far": Outcome.UNKNOWN, "middle": Outcome.REFUSED, "near": Outcome.REFUSED}


def test_two_at_once_on_one_target_and_the_second_is_refused(world: FakeWorld) -> None:
    first, second = world.plan(), FakeProcess()
    journal = world.journal()
    world.locks(journal, second).take(["near"], digest(first), ())
    assert "is being changed by" in refused(world, first)
    second.dead = True
    assert world.apply(first).exit_status == 0


def test_a_full_disk_sends_nothing(world: FakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = world.plan()

    def full(path: Path, head: Head) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("change.journal.keep_head", full)
    result = world.apply(plan)
    assert world.sent() == []
    assert result.exit_status == 3
    assert "No space left" in result.problem


def test_a_disk_that_fills_up_midway_leaves_what_resume_ends(world: FakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = world.plan()

    def full_once_tried(path: Path, head: Head) -> None:
        if world.boxes["far"].content == "new":
            raise OSError(28, "No space left on device")
        keep_head(path, head)

    monkeypatch.setattr("change.journal.keep_head", full_once_tried)
    result = world.apply(plan)
    assert result.exit_status == 5
    assert "far confirm" not in world.sent()
    monkeypatch.undo()
    (resumed,) = world.resume()
    assert outcomes(resumed) == {"far": Outcome.REVERTED, "middle": Outcome.REFUSED, "near": Outcome.REFUSED}
    assert set(contents(world).values()) == {"old"}


def test_both_ends_of_a_link_are_tried_with_one_deadline(world: FakeWorld) -> None:
    plan = world.plan(Relations(together={"link": ("far", "near")}))
    assert [step.target for step in plan.waves[0]] == ["far", "near"]
    world.boxes["far"].faults["try"] = Fault.LOST_AFTER
    assert world.apply(plan).exit_status == 0
    details = [entry.detail for entry in world.journal().entries() if entry.event == Event.FAILED]
    assert details == ["the session was lost in the try: the session was lost"]


def test_a_box_that_answers_is_asked_to_go_back_and_not_waited_for(world: FakeWorld) -> None:
    world.boxes["far"].sick = True
    plan = world.plan()
    began = world.clock.now
    assert outcomes(world.apply(plan))["far"] is Outcome.REVERTED
    assert "far revert" in world.sent()
    assert world.clock.now - began < plan.steps[0].timer_s


def test_a_sealed_plan_in_an_impossible_order_is_refused(world: FakeWorld) -> None:
    plan = world.plan()
    first, *rest = plan.steps
    waiting = first.model_copy(update={"after": (rest[0].id,)})
    assert "confirmed first" in refused(world, plan.model_copy(update={"steps": (waiting, *rest)}))


def test_with_a_problem_the_status_is_3_only_where_nothing_was_sent() -> None:
    def status(*outcomes: Outcome) -> int:
        ends = tuple(StepEnd(step=str(n), target="far", outcome=one, reason="") for n, one in enumerate(outcomes))
        return Result(plan="sha256:" + "1" * 64, ends=ends, problem="the disk is full").exit_status

    assert status() == status(Outcome.REFUSED) == 3
    assert status(Outcome.CONFIRMED) == status(Outcome.REVERTED, Outcome.REFUSED) == 5


def test_exit_statuses_follow_the_worst_outcome_and_3_means_that_nothing_was_sent() -> None:
    assert exit_status([]) == 0
    assert exit_status([Outcome.CONFIRMED, Outcome.REFUSED]) == 4
    assert exit_status([Outcome.REFUSED]) == 3
    assert exit_status([Outcome.REFUSED, Outcome.REVERTED]) == 4
    assert exit_status([Outcome.UNKNOWN, Outcome.REVERTED]) == 5


def test_a_missing_or_weakened_target_is_refused(world: FakeWorld) -> None:
    plan = world.plan()
    world.strengths = {"near": RevertStrength.MANUAL}
    assert "near: it no longer undoes itself" in refused(world, plan)
    del world.boxes["near"]
    assert "near: today's inventory has no such target" in refused(world, plan)


def test_a_target_that_is_not_born_as_promised_is_refused_and_what_made_it_stands(world: FakeWorld) -> None:
    world.born_of = {"near": "far"}
    plan = world.plan()

    def born(phase: str, step: str) -> None:
        if phase == "confirm":
            world.boxes["near"].content = "born as another"

    world.boxes["far"].on_hear = born
    result = world.apply(plan)
    assert outcomes(result)["far"] is Outcome.CONFIRMED
    assert outcomes(result)["near"] is Outcome.REFUSED
    assert "was not born as it was promised" in {end.target: end.reason for end in result.ends}["near"]
    assert world.boxes["near"].content == "born as another"


def test_a_target_is_born_as_promised_and_then_changed(world: FakeWorld) -> None:
    world.born_of = {"near": "far"}
    assert set(outcomes(world.apply(world.plan())).values()) == {Outcome.CONFIRMED}


def test_each_end_names_the_target_that_decided_it(folder: Path) -> None:
    """One fails in the second wave: what stood, what went back in its company, what was not begun and why."""
    world = FakeWorld(folder, {"first": 6, "bad": 5, "friend": 4, "child": 3, "grandchild": 2, "other": 1})
    plan = world.plan(Relations(after={"child": ("bad",), "grandchild": ("child",)}), wave_size=2)
    assert [[step.target for step in wave] for wave in plan.waves][:2] == [["first"], ["bad", "friend"]]
    world.boxes["bad"].sick = True
    result = world.apply(plan)
    assert {end.target: (end.outcome, end.reason) for end in result.ends} == {
        "first": (Outcome.CONFIRMED, ""),
        "bad": (Outcome.REVERTED, "it is not healthy"),
        "friend": (Outcome.REVERTED, "in one wave with bad, which failed"),
        "child": (Outcome.REFUSED, "not begun: it comes after bad (reverted)"),
        "grandchild": (Outcome.REFUSED, "not begun: it comes after bad (reverted)"),
        "other": (Outcome.REFUSED, "not begun: no wave is begun after bad (reverted)"),
    }
    assert {end.because for end in result.ends if end.target != "first"} == {("bad",)}
    told = evidence(world.journal(), digest(plan)).steps
    assert [(one.step.target, one.reason) for one in told] == [(end.target, end.reason) for end in result.ends]


def test_what_comes_after_a_step_that_went_back_in_company_is_not_begun_for_it(folder: Path) -> None:
    world = FakeWorld(folder, {"bad": 4, "friend": 3, "child": 2, "other": 1})
    plan = world.plan(Relations(together={"link": ("bad", "friend")}, after={"child": ("friend",)}))
    assert [step.target for step in plan.waves[0]] == ["bad", "friend"]
    world.boxes["bad"].sick = True
    ends = {end.target: end for end in world.apply(plan).ends}
    assert ends["child"].reason == "not begun: it comes after friend (reverted)"
    assert ends["other"].reason == "not begun: no wave is begun after bad (reverted)"
    assert ends["child"].because == ends["other"].because == ("bad",)


def test_a_group_waits_for_what_one_of_it_waits_for(folder: Path) -> None:
    world = FakeWorld(folder, {"bad": 4, "one": 3, "two": 2})
    plan = world.plan(Relations(together={"link": ("one", "two")}, after={"two": ("bad",)}))
    world.boxes["bad"].sick = True
    reasons = {end.target: end.reason for end in world.apply(plan).ends}
    assert reasons["one"] == reasons["two"] == "not begun: it comes after bad (reverted)"


def test_what_nobody_can_say_of_one_stops_the_rest_in_its_name(world: FakeWorld) -> None:
    plan = world.plan()
    world.boxes["far"].faults["try"] = Fault.SILENT
    ends = {end.target: end for end in world.apply(plan).ends}
    assert ends["far"].because == ("far",)
    assert ends["near"].reason == "not begun: no wave is begun after far (unknown)"


def test_one_that_cannot_be_read_is_named_to_all_the_others(world: FakeWorld) -> None:
    plan = world.plan()
    world.boxes["middle"].faults["read"] = Fault.LOST_BEFORE
    ends = {end.target: end for end in world.apply(plan).ends}
    assert ends["middle"].reason == "middle: no session"
    assert ends["far"].reason == "nothing was sent: middle cannot be changed as planned"
    assert {end.because for end in ends.values()} == {("middle",)}


def test_each_sub_step_is_in_the_journal_before_the_target_has_tried(world: FakeWorld) -> None:
    world.sub_steps = {"near": ("create a", "create b")}
    world.apply(world.plan())
    entries = [(one.event, one.detail) for one in world.journal().entries() if one.target == "near"]
    told = [place for place, (event, _) in enumerate(entries) if event == Event.SUB_STEP]
    assert [entries[place][1] for place in told] == ["create a", "create b"]
    assert max(told) < [event for event, _ in entries].index(Event.TRIED)
