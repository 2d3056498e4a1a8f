"""Whatever one target of several does in whatever phase: its wave stays as a whole or goes back as a whole."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from change.model import LatchState, Outcome
from change.permits import Limits
from change.plan import Relations
from tests.change.fake_target import Fault
from tests.change.fake_world import FakeWorld
from tests.change.memory import memory_folder

PHASES = ("read", "arm", "try", "verify", "confirm", "revert", "inspect")


@st.composite
def worlds(draw: st.DrawFn) -> tuple[dict[str, int], bool, dict[tuple[int, str], Fault]]:
    """Distances by name, whether the first two are one group, and one or two faults by target and phase."""
    number = draw(st.integers(1, 4))
    distances = {f"box-{index}": draw(st.integers(0, 3)) for index in range(number)}
    place = st.tuples(st.integers(0, number - 1), st.sampled_from(PHASES))
    faults = draw(st.dictionaries(place, st.sampled_from(list(Fault)), min_size=1, max_size=2))
    return distances, draw(st.booleans()), faults


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(), st.sampled_from([1, 3]))
def test_a_wave_is_atomic_under_any_fault(
    drawn: tuple[dict[str, int], bool, dict[tuple[int, str], Fault]], workers: int
) -> None:
    distances, grouped, faults = drawn
    with memory_folder() as folder:
        world = FakeWorld(folder, distances)
        world.pace = world.pace.model_copy(update={"limits": Limits(at_once=workers)})
        names = list(distances)
        relations = Relations(together={"link": (names[0], names[-1])} if grouped and len(names) > 1 else {})
        plan = world.plan(relations)
        for (index, phase), fault in faults.items():
            world.boxes[names[index]].faults[phase] = fault
        result = world.apply(plan)
        world.settle()
        ends = {end.step: end.outcome for end in result.ends}
        assert set(ends) == {step.id for step in plan.steps}
        for wave in plan.waves:
            kept = [step for step in wave if ends[step.id] is Outcome.CONFIRMED]
            judged = [step for step in wave if ends[step.id] is not Outcome.UNKNOWN]
            assert not kept or len(kept) == len(judged)
            for step in wave:
                content = world.boxes[step.target].content
                if ends[step.id] is Outcome.CONFIRMED:
                    assert content == "new"
                elif ends[step.id] is not Outcome.UNKNOWN:
                    assert content == "old"
        for box in world.boxes.values():
            assert all(count == 1 for count in box.tried.values())
            done = {record.state for record in box.records.values()}
            assert done <= {LatchState.CONFIRMED, LatchState.REVERTED}
        journal = world.journal()
        assert journal.verify() == ()
        assert journal.open_plans() == ()
        written = [entry for entry in journal.entries() if entry.event == "outcome" and entry.step in ends]
        assert sorted(str(entry.step) for entry in written) == sorted(ends)
        assert world.locks(journal, world.processes["process-0"]).held() == ()
