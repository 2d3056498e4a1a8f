"""What a difference means: in place, replaced, why, and what it costs. No engine."""

from __future__ import annotations

import pytest

from change.model import Effect
from stacks.difference import Operation, difference, settled, sub_steps
from stacks.nspawn import machines as machines_of_host
from stacks.nspawn.backend import STOPS_WITHIN_S
from stacks.payload import parsed, payload
from stacks.resources import Estate, Kind, Machine, Mount, Volume
from stacks.target import SUB_STEP_S, limit_s

WEB = Machine(
    name="web-1",
    cpus=1,
    memory_mib=512,
    addresses=("10.9.0.10/24",),
    gateway="10.9.0.1",
    mounts=(Mount(volume="data-1", path="/srv"),),
    image="image-1",
    birth="sha256:" + "a" * 64,
)
DATA = Volume(name="data-1", size_mib=100)
BOTH = Estate(machines=(WEB,), volumes=(DATA,))


def with_machine(**fields: object) -> Estate:
    return BOTH.model_copy(update={"machines": (WEB.model_copy(update=fields),)})


def operations(have: Estate, want: Estate) -> list[str]:
    return [str(step) for step in sub_steps(have, want)]


def test_nothing_to_something_and_back() -> None:
    assert operations(Estate(), BOTH) == ["create machine web-1", "create volume data-1"]
    assert operations(BOTH, Estate()) == ["delete machine web-1", "delete volume data-1"]
    assert operations(BOTH, BOTH) == []
    assert difference(BOTH, BOTH).parts == ()


@pytest.mark.parametrize(("field", "value"), [("cpus", 2), ("memory_mib", 256), ("mounts", ()), ("power", "off")])
def test_what_changes_in_place(field: str, value: object) -> None:
    assert operations(BOTH, with_machine(**{field: value})) == ["update machine web-1"]
    assert difference(BOTH, with_machine(**{field: value})).effects == ()


@pytest.mark.parametrize(
    ("field", "value"), [("addresses", ("10.9.0.11/24",)), ("gateway", "10.9.0.2"), ("image", "image-2")]
)
def test_what_makes_another_machine(field: str, value: object) -> None:
    steps = sub_steps(BOTH, with_machine(**{field: value}))
    assert [step.operation for step in steps] == [Operation.DELETE, Operation.CREATE]
    assert all(step.why.startswith(f"{field}: ") for step in steps)
    assert set(difference(BOTH, with_machine(**{field: value})).effects) == {
        Effect.DATA_DELETED,
        Effect.MACHINE_REPLACED,
    }


def test_a_volume_grows_and_does_not_shrink() -> None:
    grown = BOTH.model_copy(update={"volumes": (Volume(name="data-1", size_mib=200),)})
    assert operations(BOTH, grown) == ["update volume data-1"]
    assert operations(grown, BOTH) == ["delete volume data-1", "create volume data-1"]
    assert difference(grown, BOTH).effects == (Effect.DATA_DELETED,)


def test_a_machine_that_stands_keeps_the_image_it_was_born_from() -> None:
    newer = with_machine(image="image-2", birth="sha256:" + "b" * 64)
    assert settled(newer, BOTH) == BOTH
    assert settled(newer, Estate()) == newer
    moved = with_machine(image="image-2", addresses=("10.9.0.11/24",))
    assert settled(moved, BOTH) == moved


def test_the_inputs_of_a_sub_step_are_exact() -> None:
    [one] = sub_steps(BOTH, with_machine(cpus=2))
    [other] = sub_steps(BOTH, with_machine(cpus=3))
    [from_another] = sub_steps(with_machine(memory_mib=256), with_machine(memory_mib=256, cpus=2))
    assert len({one.inputs, other.inputs, from_another.inputs}) == 3


def test_every_line_for_people() -> None:
    [part] = difference(BOTH, with_machine(addresses=("10.9.0.11/24",))).parts
    assert part.part == "machine web-1"
    assert part.lines[0].text == "replace, because of addresses: a machine is born with its addresses"
    assert [line.sign for line in part.lines].count("-") == 9
    [part] = difference(BOTH, with_machine(cpus=2)).parts
    assert [(line.sign, line.text) for line in part.lines] == [
        ("-", "cpus: 1"),
        ("+", "cpus: 2   # in place: its limit changes while it runs"),
    ]


def test_a_payload_is_what_was_frozen() -> None:
    frozen = payload(Estate(), BOTH)
    assert parsed(frozen.text()) == frozen
    assert frozen.touched == {(Kind.MACHINE, "web-1"), (Kind.VOLUME, "data-1")}


@pytest.mark.parametrize(("machines", "volumes", "rounds"), [(1, 0, 1), (16, 0, 1), (2, 1, 2), (17, 0, 2), (0, 0, 0)])
def test_each_round_of_sub_steps_has_the_time_of_a_machine_that_boots_again(
    machines: int, volumes: int, rounds: int
) -> None:
    want = Estate(
        machines=tuple(WEB.model_copy(update={"name": f"web-{number}"}) for number in range(machines)),
        volumes=tuple(Volume(name=f"data-{number}", size_mib=1) for number in range(volumes)),
    )
    a_boot_s, a_stop_s = machines_of_host.READY_WITHIN_S, 2 * STOPS_WITHIN_S
    assert limit_s(sub_steps(Estate(), want)) >= rounds * (a_boot_s + a_stop_s)
    assert limit_s(sub_steps(Estate(), want)) - limit_s(()) == rounds * SUB_STEP_S
