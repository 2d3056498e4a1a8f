"""Evidence is checked from itself: whatever a forger changes and chains anew does not follow from the rest."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from change.canonical import canonical, digest_of, document_of
from change.chain import entry_digest
from change.clock import from_moment
from change.evidence import Evidence, Gathered, evidence, gather
from change.evidence_check import digests_of, problems
from change.journal import Event, Note
from change.model import INVERSE, JournalEntry, OnFailure, Outcome
from change.papers import DIGESTS
from change.plan import digest
from change.window import Calendar, Dated
from tests.change.fake_target import FakeProcess, Fault, Killed
from tests.change.fake_world import ALWAYS, FakeWorld

DISTANCES = {"far": 3, "middle": 1, "near": 1}


@pytest.fixture
def world(folder: Path) -> FakeWorld:
    return FakeWorld(folder, DISTANCES)


@pytest.fixture
def two(world: FakeWorld) -> Gathered:
    """The first of three changes, confirmed, and the third, in which confirming breaks; between them another."""
    first = world.plan()
    world.apply(first)
    world.wanted = "newer"
    world.apply(world.plan())
    world.wanted = "newest"
    third = world.plan()
    world.boxes["near"].faults["confirm"] = Fault.SAYS_NO
    world.apply(third)
    return gather(world.journal(), (digest(third), digest(first)))


def test_what_happened_holds(two: Gathered) -> None:
    assert tuple(problems(two)) == ()
    numbers = sorted(entry.number for one in two.changes for entry in one.entries)
    assert sorted([*numbers, *(entry.number for entry in two.others)]) == list(range(1, two.changes[0].head.number + 1))
    assert any(step.undone_by for step in two.changes[1].steps)


def test_an_interrupted_and_resumed_change_holds(world: FakeWorld) -> None:
    plan = world.plan()
    with pytest.raises(Killed):
        world.apply(plan, FakeProcess(40))
    assert tuple(problems(gather(world.journal(), (digest(plan),)))) == ()
    world.resume()
    assert tuple(problems(gather(world.journal(), (digest(plan),)))) == ()


@pytest.mark.parametrize("dies_at", range(15, 120, 7))
def test_wherever_it_was_interrupted_it_holds(world: FakeWorld, dies_at: int) -> None:
    plan = world.plan()
    process = FakeProcess(dies_at)
    try:
        world.apply(plan, process)
    except Killed:
        world.resume()
    if digest(plan) in {entry.plan for entry in world.journal().entries()}:
        assert tuple(problems(gather(world.journal(), (digest(plan),)))) == ()


def forged(two: Gathered, number: int, **changes: object) -> Gathered:
    """By who edits one entry and chains all that follow anew, and derives the rest of the document again."""
    entries = sorted(
        [*two.others, *(entry for one in two.changes for entry in one.entries)], key=lambda one: one.number
    )
    made: list[JournalEntry] = []
    for entry in entries:
        edit = changes if entry.number == number else {}
        entry = entry.model_copy(update={"previous": made[-1].digest if made else entry.previous, **edit})
        made.append(entry.model_copy(update={"digest": entry_digest(entry)}))
    return with_entries(two, made)


def with_entries(two: Gathered, made: list[JournalEntry]) -> Gathered:
    head = two.changes[0].head.model_copy(update={"number": made[-1].number, "digest": made[-1].digest})
    plans = {one.digest for one in two.changes}
    changes = tuple(
        one.model_copy(update={"entries": tuple(each for each in made if each.plan == one.digest), "head": head})
        for one in two.changes
    )
    return Gathered(changes=changes, others=tuple(entry for entry in made if entry.plan not in plans))


def of(two: Gathered, event: str) -> JournalEntry:
    return next(entry for entry in two.changes[0].entries if entry.event == event)


@pytest.mark.parametrize(
    ("event", "changes", "says"),
    [
        ("outcome", {"outcome": Outcome.REVERTED}, "outcome is not what follows from its entries"),
        ("outcome", {"detail": "all was well"}, "reason is not what follows"),
        ("verified", {"at": "2026-11-23T06:00:00.000Z"}, "phases is not what follows"),
        ("verified", {"event": "checked"}, "stands without verified before it"),
        ("intent", {"event": "checked"}, "stands without intent before it"),
        ("intent", {"step": "another.1"}, "is of no step of this plan"),
        ("intent", {"target": "another"}, "is of no step of this plan"),
        ("plan-opened", {"event": "plan-begun"}, "its first entry is plan-begun"),
        ("plan-opened", {"at": "2026-11-25T06:00:00.000Z"}, "opened when the plan was not valid"),
        ("plan-closed", {"event": "plan-shut"}, "an event that nobody knows: plan-shut"),
    ],
)
def test_an_edited_entry_in_a_whole_new_chain_does_not_follow(
    two: Gathered, event: str, changes: dict[str, object], says: str
) -> None:
    found = tuple(problems(forged(two, of(two, event).number, **changes)))
    assert any(says in problem for problem in found), found
    assert not any("does not match" in problem for problem in found), "the chain itself is whole"


@pytest.mark.parametrize(
    ("event", "changes", "says"),
    [
        ("window", {"event": "checked"}, "(intent) stands without window before it"),
        ("window", {"detail": "another: always open"}, "names another window than its calendar: always: always open"),
        ("window", {"at": "2026-11-20T06:00:00.000Z"}, "began before its plan was made"),
        ("window", {"at": "2026-12-20T06:00:00.000Z"}, "and its plan had expired at"),
        ("calendar", {"event": "checked"}, "its calendars are not those that its entries name"),
        ("calendar", {"detail": "sha256:" + "0" * 64}, "is not the one that it names"),
    ],
)
def test_a_wave_that_began_when_it_might_not_is_told(
    two: Gathered, event: str, changes: dict[str, object], says: str
) -> None:
    found = tuple(problems(forged(two, of(two, event).number, **changes)))
    assert any(says in problem for problem in found), found


@pytest.mark.parametrize("at", ["2026-11-23T06:00:00.000", "2026-13-23T06:00:00.000Z", "", "soon"])
def test_an_entry_that_was_written_at_no_moment_is_told_and_nothing_follows_from_it(two: Gathered, at: str) -> None:
    window = of(two, "window")
    said = list(problems(forged(two, window.number, at=at)))
    assert f"change 1: entry {window.number} was written at no moment: {at}" in said


def test_a_plan_of_no_moment_is_told(two: Gathered) -> None:
    plan = two.changes[0].plan.model_copy(update={"expires": "2026-13-24T06:00:00Z"})
    change = two.changes[0].model_copy(update={"plan": plan})
    said = list(problems(two.model_copy(update={"changes": (change, *two.changes[1:])})))
    assert "change 1: its plan expires at no moment: 2026-13-24T06:00:00Z" in said


def with_calendar(two: Gathered, calendar: Calendar) -> Gathered:
    """By who swaps the calendar of the first change, and all that names it."""
    first = two.changes[0]
    (kept,) = first.calendars
    text = canonical(document_of(calendar)).decode()
    other = first.model_copy(update={"calendars": (kept.model_copy(update={"calendar": text}),)})
    swapped = two.model_copy(update={"changes": (other, *two.changes[1:])})
    return forged(swapped, kept.entry, detail=digest_of(text.encode()))


@pytest.mark.parametrize(
    ("calendar", "says"),
    [
        (Calendar(), "when it might not: no change window is open"),
        (Calendar(windows=ALWAYS.windows, freezes=ALWAYS.windows), "when it might not: frozen: always"),
        (
            Calendar(windows=(ALWAYS.windows[0].model_copy(update={"targets": frozenset({"near"})}),)),
            "when it might not: no change window is open",
        ),
        (
            Calendar(windows=(ALWAYS.windows[0].model_copy(update={"zone": "Nowhere/At_all"}),)),
            "does not read as one in its canonical form",
        ),
        (
            Calendar(
                windows=(
                    ALWAYS.windows[0].model_copy(
                        update={"when": Dated(start=datetime(2026, 1, 1), end=datetime(9999, 1, 1))}
                    ),
                )
            ),
            "does not read as one in its canonical form",
        ),
    ],
)
def test_by_another_calendar_the_waves_might_not_have_begun(two: Gathered, calendar: Calendar, says: str) -> None:
    found = tuple(problems(with_calendar(two, calendar)))
    assert any(says in problem for problem in found), found


def test_a_window_that_is_shorter_than_the_wave_is_none(two: Gathered) -> None:
    began = from_moment(of(two, "window").at).replace(tzinfo=None)
    brief = Dated(start=began - timedelta(hours=1), end=began + timedelta(seconds=5))
    calendar = Calendar(windows=(ALWAYS.windows[0].model_copy(update={"when": brief}),))
    assert any("and this may take" in problem for problem in problems(with_calendar(two, calendar)))


def test_a_paused_plan_that_goes_on_holds_and_each_wave_is_held_to_the_date(world: FakeWorld) -> None:
    """Paused for hours it may be; begun after its date no wave may be, whichever (docs/adr/0009)."""
    plan, lost = world.plan(wave_size=1), threading.Event()
    world.boxes["far"].on_hear = lambda phase, step: lost.set()
    assert world.apply(plan, unattended=lost).paused is not None
    world.clock.advance(20 * 3600)
    world.calendar = Calendar(windows=(*ALWAYS.windows, ALWAYS.windows[0].model_copy(update={"name": "another"})))
    assert world.apply(plan).exit_status == 0
    found = gather(world.journal(), (digest(plan),))
    assert tuple(problems(found)) == ()
    assert len(found.changes[0].calendars) == 2, "it went on by another calendar"
    began = [entry for entry in found.changes[0].entries if entry.event == "window"]
    late = forged(found, began[-1].number, at="2026-12-20T06:00:00.000Z")
    assert any("and its plan had expired" in problem for problem in problems(late))


def test_a_wave_that_began_before_the_one_before_it_stood_is_told(two: Gathered) -> None:
    first = two.changes[0]
    canary = first.plan.waves[0][0]
    ended = next(one for one in first.entries if one.step == canary.id and one.outcome is not None)
    found = tuple(problems(forged(two, ended.number, event="checked", outcome=None)))
    assert any(f"(intent) stands before {canary.target} was confirmed" in problem for problem in found), found


def undone(two: Gathered, event: str) -> JournalEntry:
    """Of an inverse step of the change whose confirming broke."""
    return next(one for one in two.changes[1].entries if one.step and INVERSE in one.step and one.event == event)


@pytest.mark.parametrize(
    ("event", "changes", "says"),
    [
        ("intent", {"event": "checked"}, "stands without intent"),
        ("verified", {"event": "checked"}, "stands without verified"),
        ("outcome", {"outcome": Outcome.UNKNOWN}, "says reverted, and nothing before it says that it went back"),
    ],
)
def test_an_inverse_step_out_of_order_is_told(two: Gathered, event: str, changes: dict[str, object], says: str) -> None:
    found = tuple(problems(forged(two, undone(two, event).number, **changes)))
    assert any(says in problem for problem in found), found


def test_an_inverse_step_of_which_nothing_was_said_or_of_another_attempt_is_told(two: Gathered) -> None:
    inverse = undone(two, "intent")
    assert inverse.step is not None
    original, _, _ = inverse.step.partition(INVERSE)
    undoing = next(one for one in two.changes[1].entries if one.step == original and one.event == "undoing")
    found = tuple(problems(forged(two, undoing.number, event="checked")))
    assert any("takes it back, and no entry says before that it will be" in problem for problem in found), found
    found = tuple(problems(forged(two, inverse.number, step=f"{original}{INVERSE}2")))
    assert any("is not of attempt 1 to take it back" in problem for problem in found), found


def test_waves_that_go_back_in_another_order_are_told(world: FakeWorld) -> None:
    world.on_failure = OnFailure.TAKE_BACK
    plan = world.plan(wave_size=1)
    world.boxes["near"].faults["try"] = Fault.SAYS_NO
    world.apply(plan)
    found = gather(world.journal(), (digest(plan),))
    assert tuple(problems(found)) == ()
    backs = [one for one in found.changes[0].entries if one.step and INVERSE in one.step and one.event == "intent"]
    assert len(backs) == 2
    swapped = forged(found, backs[0].number, step=backs[1].step, target=backs[1].target)
    swapped = forged(swapped, backs[1].number, step=backs[0].step, target=backs[0].target)
    assert any("takes it back out of turn" in problem for problem in problems(swapped))


def test_a_step_that_begins_while_others_are_taken_back_is_told(two: Gathered) -> None:
    inverse = undone(two, "intent")
    assert inverse.step is not None
    late = next(one for one in two.changes[1].entries if one.number > inverse.number and one.step == inverse.step)
    original, _, _ = inverse.step.partition(INVERSE)
    found = tuple(problems(forged(two, late.number, event="intent", step=original)))
    assert any("had begun to take back" in problem for problem in found), found


def test_a_signature_that_counted_by_a_trust_document_that_was_replaced_is_told(world: FakeWorld) -> None:
    first = world.plan()
    world.apply(first)
    by = DIGESTS.search(next(one.detail for one in world.journal().entries() if one.event == "approved"))
    assert by
    note = Note(event=Event.TRUST_CHANGED, detail=f"serial 2, signed by asha; before {by[3]}, trust {by[1]}")
    (entry,) = world.journal().append(note)
    world.wanted = "newer"
    second = world.plan()
    world.apply(second)
    found = tuple(problems(gather(world.journal(), (digest(first), digest(second)))))
    assert len(found) == 1
    assert f"counted by another trust document than the one that entry {entry.number} pinned" in found[0]


def test_an_entry_that_is_taken_out_leaves_a_gap(two: Gathered) -> None:
    gone = of(two, "tried").number
    entries = [*two.others, *(entry for one in two.changes for entry in one.entries)]
    left = with_entries(two, sorted((one for one in entries if one.number != gone), key=lambda one: one.number))
    assert f"after entry {gone - 1} stands entry {gone + 1}: one is missing, or stands there twice" in problems(left)


def test_an_entry_of_the_plan_that_is_put_aside_is_missed(two: Gathered) -> None:
    first = two.changes[0]
    aside = first.model_copy(update={"entries": first.entries[:-1]})
    moved = Gathered(changes=(aside, *two.changes[1:]), others=(*two.others, first.entries[-1]))
    assert any("left out of its evidence" in problem for problem in problems(moved))


@pytest.mark.parametrize("edit", [{"author": "somebody"}, {"reason": "another"}, {"expires": "2027-01-01T00:00:00Z"}])
def test_another_plan_is_not_the_one_of_the_digest(two: Gathered, edit: dict[str, str]) -> None:
    first = two.changes[0]
    other = first.model_copy(update={"plan": first.plan.model_copy(update=edit)})
    assert any(
        "change 1: the plan was edited" in problem for problem in problems(two.model_copy(update={"changes": (other,)}))
    )


def test_changes_in_another_order_and_a_false_head_are_told(two: Gathered) -> None:
    turned = two.model_copy(update={"changes": two.changes[::-1]})
    assert "the changes do not stand in the order of the journal" in problems(turned)
    head = two.changes[0].head.model_copy(update={"digest": "sha256:" + "0" * 64})
    false = tuple(one.model_copy(update={"head": head}) for one in two.changes)
    assert any("is not the last of these entries" in one for one in problems(two.model_copy(update={"changes": false})))


@pytest.mark.parametrize("name", ["statement", "signature", "trust"])
def test_another_paper_is_not_the_one_that_its_entry_names(two: Gathered, name: str) -> None:
    first = two.changes[0]
    (paper,) = first.papers
    other = first.model_copy(update={"papers": (paper.model_copy(update={name: "another"}),)})
    found = tuple(problems(two.model_copy(update={"changes": (other, *two.changes[1:])})))
    assert found == (f"change 1: the papers of entry {paper.entry} are not those that it names",)


def test_a_paper_too_few_or_too_many_is_told(two: Gathered) -> None:
    first = two.changes[0]
    for papers in ((), first.papers * 2):
        other = two.model_copy(update={"changes": (first.model_copy(update={"papers": papers}), *two.changes[1:])})
        assert "change 1: its signed papers are not those that its entries name" in problems(other)


def test_the_evidence_of_one_plan_holds_by_itself_and_says_what_the_journal_said(world: FakeWorld) -> None:
    plan = world.plan()
    world.apply(plan)
    world.journal().append(Note(event="resumed"))  # type: ignore[arg-type]  # as a string from elsewhere
    found: Evidence = evidence(world.journal(), digest(plan))
    bad = found.model_copy(update={"problems": ("entry 3 was edited",)})
    one = gather(world.journal(), (digest(plan),)).model_copy(update={"changes": (bad,)})
    assert tuple(problems(one)) == (
        "change 1: when this was made the journal itself did not verify: entry 3 was edited",
    )


def test_the_opening_is_within_the_plan_s_time_from_its_first_second_to_its_last(two: Gathered) -> None:
    plan, number = two.changes[0].plan, two.changes[0].first
    said = "change 1: it was opened when the plan was not valid"
    for at, late in ((plan.created, False), (plan.expires, True), ("2026-11-22T05:59:59Z", True)):
        found = tuple(problems(forged(two, number, at=at.replace("Z", ".999Z"))))
        assert (said in found) == late


def test_the_first_entry_of_a_journal_names_none_before_it(two: Gathered, world: FakeWorld) -> None:
    assert "entry 1 names an entry before it, and there is none" in problems(
        forged(two, 1, previous="sha256:" + "1" * 64)
    )
    later = gather(world.journal(), (two.changes[1].digest,))
    assert tuple(problems(later)) == ()
    assert later.changes[0].first > 1


def test_what_stands_before_the_first_change_is_told(two: Gathered) -> None:
    first, third = two.changes
    assert tuple(problems(Gathered(changes=(third,), others=(*two.others, *first.entries)))) == (
        "entry 1 stands before the first of these changes",
    )


def test_no_changes_are_no_problem_and_a_change_without_an_entry_is_one(two: Gathered) -> None:
    assert tuple(problems(Gathered(changes=(), others=()))) == ()
    assert tuple(problems(Gathered(changes=(), others=two.changes[0].entries))) == ()
    first = two.changes[0].model_copy(update={"entries": ()})
    assert tuple(problems(Gathered(changes=(first,), others=()))) == (
        f"the head, entry {first.head.number}, is not the last of these entries",
        "change 1: it has no entry of the journal",
    )


def with_first(two: Gathered, **changes: object) -> Gathered:
    first, *others = two.changes
    return two.model_copy(update={"changes": (first.model_copy(update=changes), *others)})


def test_what_the_document_says_beside_its_entries_is_compared_with_them(two: Gathered) -> None:
    first = two.changes[0]
    step = first.steps[0]
    target = step.step.target
    other = first.steps[1].step
    for changes, says in (
        ({"opened": "then"}, f"it says opened then, and its entries say {first.opened}"),
        ({"closed": None}, f"it says closed None, and its entries say {first.closed}"),
        ({"last": 7}, f"it says last 7, and its entries say {first.last}"),
        ({"steps": first.steps[:2]}, "it tells of 2 steps, and its plan has 3"),
        (
            {"steps": (step.model_copy(update={"step": other}), *first.steps[1:])},
            f"{target}: step is not what follows from its plan",
        ),
        (
            {"steps": (step.model_copy(update={"undone_by": step.phases[:1]}), *first.steps[1:])},
            f"{target}: undone_by is not what follows from its entries",
        ),
    ):
        assert tuple(problems(with_first(two, **changes))) == (f"change 1: {says}",)


def test_a_paper_of_another_kind_or_of_no_entry_is_told(two: Gathered) -> None:
    (paper,) = two.changes[0].papers
    other = paper.model_copy(update={"event": "reviewed"})
    assert tuple(problems(with_first(two, papers=(other,)))) == (
        f"change 1: the papers of entry {paper.entry} are not those that it names",
    )
    nowhere = paper.model_copy(update={"entry": 9999})
    assert tuple(problems(with_first(two, papers=(nowhere,)))) == (
        "change 1: its signed papers are not those that its entries name",
    )


def test_the_digests_are_the_journal_s(two: Gathered, world: FakeWorld) -> None:
    assert digests_of(two) == world.journal().digests()


@pytest.mark.parametrize(
    ("events", "says"),
    [
        (("verified",), (("confirming", "verified"), ("outcome", "verified"))),
        (("confirming",), (("confirmed", "confirming"), ("outcome", "confirming"))),
        (("trying", "holding"), (("tried", "trying"), ("verified", "trying, holding"))),
    ],
)
def test_each_phase_is_told_that_stands_without_what_must_be_before_it(
    two: Gathered, events: tuple[str, ...], says: tuple[tuple[str, str], ...]
) -> None:
    found = two
    for event in events:
        found = forged(found, of(two, event).number, event="checked")
    assert tuple(problems(found)) == (
        "change 1: far: phases is not what follows from its entries",
        *(
            f"change 1: far: entry {of(two, event).number} ({event}) stands without {missing} before it"
            for event, missing in says
        ),
    )


def test_an_unknown_event_and_what_it_no_longer_says_are_told(two: Gathered) -> None:
    first = two.changes[0]
    assert tuple(problems(forged(two, first.last, event="plan-shut"))) == (
        f"change 1: entry {first.last} has an event that nobody knows: plan-shut",
        f"change 1: it says closed {first.closed}, and its entries say None",
    )


def test_another_plan_is_told_with_both_digests(two: Gathered) -> None:
    first = two.changes[0]
    other = first.plan.model_copy(update={"reason": "another"})
    assert tuple(problems(with_first(two, plan=other))) == (
        f"change 1: the plan was edited: its digest is {digest(other)}, and not {first.digest}",
    )
