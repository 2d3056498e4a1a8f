from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.model import Interface, InterfaceMode, Inventory, LinkEnd
from monitoring.model import Fault, Reading, State, Subject, SubjectKind
from monitoring.state import Judgement, judge, roots, subjects
from monitoring.state import fault as fault_in
from tests.monitoring.reality import AT, Reality

UP, DOWN, UNREACHABLE, UNKNOWN = State.UP, State.DOWN, State.UNREACHABLE, State.UNKNOWN


def judged(reality: Reality) -> dict[str, Judgement]:
    """`kind name` -> judgement."""
    found = judge(reality.inventory, reality.readings(), reality.probes(), reality.services())
    return {f"{subject.kind} {subject.name}": judgement for subject, judgement in found.items()}


def not_up(reality: Reality) -> dict[str, tuple[State, str]]:
    return {name: (one.state, one.cause) for name, one in judged(reality).items() if one.state is not UP}


def test_everything_answers_so_everything_is_up(demo: Inventory) -> None:
    assert not_up(Reality(demo)) == {}
    well = Reality(demo)
    assert tuple(judge(demo, well.readings(), well.probes(), well.services())) == subjects(demo)


@pytest.mark.parametrize("stale", [False, True])
def test_a_cut_takes_the_single_homed_district_and_nothing_else(demo: Inventory, stale: bool) -> None:
    cause = "link rr-mbeya--dr-chunya down"
    assert not_up(Reality(demo, cut=frozenset({"rr-mbeya--dr-chunya"}), stale=stale)) == {
        "link rr-mbeya--dr-chunya": (DOWN, cause),
        "device dr-chunya": (UNREACHABLE, cause),
        "device sw-chunya": (UNREACHABLE, cause),
        "link dr-chunya--sw-chunya": (UNREACHABLE, cause),
        "institution chunya-dc": (UNREACHABLE, cause),
    }


def test_a_doubly_linked_district_stays_up_when_one_link_is_cut(demo: Inventory) -> None:
    cut = "rr-mbeya--dr-rungwe"
    assert not_up(Reality(demo, cut=frozenset({cut}))) == {f"link {cut}": (DOWN, f"link {cut} down")}


def test_a_dead_router_with_two_neighbours_is_down_and_names_itself(demo: Inventory) -> None:
    cause = "device dr-kyela down"
    assert not_up(Reality(demo, dead=frozenset({"dr-kyela"}))) == {
        "device dr-kyela": (DOWN, cause),
        "link rr-mbeya--dr-kyela": (DOWN, cause),
        "link dr-rungwe--dr-kyela": (DOWN, cause),
        "link dr-kyela--sw-kyela": (UNREACHABLE, cause),
        "device sw-kyela": (UNREACHABLE, cause),
        "institution kyela-dc": (UNREACHABLE, cause),
    }


def test_an_institution_that_is_off_behind_a_switch_that_answers_is_down(demo: Inventory) -> None:
    assert not_up(Reality(demo, silent=frozenset({"ncaa"}))) == {"institution ncaa": (DOWN, "institution ncaa down")}


def test_a_frozen_box_whose_link_stays_up_is_down(demo: Inventory) -> None:
    reality = Reality(demo)
    readings = tuple(
        one
        if one.device != "sw-rungwe"
        else Reading(device=one.device, at=AT, reachable=False, round_trip_ms=None, answered=False)
        for one in reality.readings()
    )
    found = judge(demo, readings, reality.probes(), reality.services())
    assert found[Subject(kind=SubjectKind.DEVICE, name="sw-rungwe")] == (DOWN, "device sw-rungwe down")


def test_a_link_that_neither_end_can_speak_for_is_unknown_not_up(demo: Inventory) -> None:
    found = not_up(Reality(demo, unread=frozenset({"dr-chunya", "sw-chunya"})))
    assert found == {"link dr-chunya--sw-chunya": (UNKNOWN, "neither end could say")}


def test_two_cuts_are_both_named(demo: Inventory) -> None:
    cuts = frozenset({"rr-mbeya--dr-rungwe", "rr-mbeya--dr-kyela"})
    found = not_up(Reality(demo, cut=cuts))
    assert found["institution kyela-dc"] == (
        UNREACHABLE,
        "link rr-mbeya--dr-kyela down, link rr-mbeya--dr-rungwe down",
    )


def test_the_upstream_is_known_by_our_ends_alone(demo: Inventory) -> None:
    one = frozenset({"core-1--isp-1"})
    assert "device isp-1" not in not_up(Reality(demo, cut=one))
    both = judged(Reality(demo, cut=one | {"core-2--isp-1"}))
    assert both["device isp-1"] == (DOWN, "device isp-1 down")
    assert both["device core-1"].state is UP
    blind = judged(Reality(demo, unread=frozenset({"core-1", "core-2"})))
    assert blind["device isp-1"].state is UNKNOWN


def test_when_nothing_answers_nothing_is_known(demo: Inventory) -> None:
    found = judged(Reality(demo, dead=frozenset({"sw-dodoma"})))
    assert {one.state for one in found.values()} == {UNKNOWN}


def test_a_device_that_was_not_read_is_unknown(demo: Inventory) -> None:
    readings = tuple(one for one in Reality(demo).readings() if one.device != "sw-karatu")
    found = judge(demo, readings, (), ())
    assert found[Subject(kind=SubjectKind.DEVICE, name="sw-karatu")] == (UNKNOWN, "not read")
    assert found[Subject(kind=SubjectKind.INSTITUTION, name="karatu-dc")] == (UNKNOWN, "not probed")


def test_a_lost_ospf_neighbour_is_a_lost_link_although_the_port_has_carrier(demo: Inventory) -> None:
    readings = tuple(
        one
        if one.device not in ("rr-arusha", "dr-karatu")
        else one.model_copy(
            update={"ospf": tuple(n for n in one.ospf if n.address not in ("10.254.2.4", "10.254.2.5"))}
        )
        for one in Reality(demo).readings()
    )
    found = judge(demo, readings, (), ())
    assert found[Subject(kind=SubjectKind.LINK, name="rr-arusha--dr-karatu")].state is DOWN


def test_a_cause_names_its_roots() -> None:
    assert roots("device a-b down, link c--d down") == (
        Subject(kind=SubjectKind.DEVICE, name="a-b"),
        Subject(kind=SubjectKind.LINK, name="c--d"),
    )
    assert roots("not read") == ()


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_states_never_contradict_what_really_failed(demo: Inventory, data: st.DataObject) -> None:
    links = [link.name for link in demo.links]
    devices = [device.name for device in demo.managed]
    reality = Reality(
        demo,
        cut=frozenset(data.draw(st.sets(st.sampled_from(links), max_size=4))),
        dead=frozenset(data.draw(st.sets(st.sampled_from(devices), max_size=3))),
        unread=frozenset(data.draw(st.sets(st.sampled_from(devices), max_size=3))),
        stale=data.draw(st.booleans()),
    )
    reached = reality.reached()
    found = judge(demo, reality.readings(), reality.probes(), reality.services())
    if reached & set(devices) == set():
        assert {one.state for one in found.values()} == {UNKNOWN}
        return
    failed = reality.cut | reality.dead
    for subject, (state, cause) in found.items():
        if subject.kind is SubjectKind.DEVICE and subject.name in devices:
            assert (state is UP) == (subject.name in reached), subject
        if subject.kind is SubjectKind.LINK and state is DOWN:
            assert not reality.works(demo.link[subject.name]), subject
        if subject.kind is SubjectKind.INSTITUTION:
            port = demo.institution[subject.name].port
            assert port is not None
            assert (state is UP) == (port.device in reached)
        if state is UNREACHABLE:
            assert cause != "", subject
            near = {end.device for name in reality.cut for end in demo.link[name].ends}
            near |= {link.name for name in reality.dead for link in demo.links_of[name]}
            assert any(root.name in failed | near for root in roots(cause)), (subject, cause)


def test_without_an_ospf_mib_the_ports_speak_for_the_links(demo: Inventory) -> None:
    cut = frozenset({"rr-mbeya--dr-rungwe"})
    readings = tuple(one.model_copy(update={"ospf": ()}) for one in Reality(demo, cut=cut).readings())
    found = judge(demo, readings, Reality(demo, cut=cut).probes(), Reality(demo).services())
    assert {subject.name for subject, one in found.items() if one.state is not UP} == cut


@pytest.mark.parametrize("end", ["rr-arusha", "dr-karatu"])
def test_a_link_that_either_end_lost_is_down(demo: Inventory, end: str) -> None:
    lost = Reality(demo, cut=frozenset({"rr-arusha--dr-karatu"})).readings()
    readings = tuple(
        gone if gone.device == end else one for one, gone in zip(Reality(demo).readings(), lost, strict=True)
    )
    found = judge(demo, readings, Reality(demo).probes(), Reality(demo).services())
    assert {subject.name for subject, one in found.items() if one.state is not UP} == {"rr-arusha--dr-karatu"}


# A machine and its services -----------------------------------------------------------------------------------------

SITES = ("service web-mof", "service web-portal")


def changed(inventory: Inventory, update: dict[str, object]) -> Inventory:
    """Another world, with no mapping of the old one in its caches (model_copy keeps them)."""
    return Inventory.model_validate({name: getattr(inventory, name) for name in Inventory.model_fields} | update)


def test_services_join_the_subjects_and_only_those_that_are_served(served: Inventory) -> None:
    names = [subject.name for subject in subjects(served) if subject.kind is SubjectKind.SERVICE]
    assert names == ["web-mof", "web-portal"], "mail has no server of ours: nobody could say"
    assert not_up(Reality(served)) == {}


@pytest.mark.parametrize("fault", Fault)
def test_a_service_that_is_ill_on_a_server_that_is_up_is_down_for_its_own_reason(
    served: Inventory, fault: Fault
) -> None:
    cause = f"service web-mof down: {fault}"
    assert not_up(Reality(served, faults={"web-mof": fault})) == {"service web-mof": (DOWN, cause)}
    assert roots(cause) == (Subject(kind=SubjectKind.SERVICE, name="web-mof"),)
    assert fault_in(cause) is fault


def test_a_cause_that_names_no_service_has_no_fault() -> None:
    for cause in ("", "not read", "device web-1 down", "link a--b down, link c--d down", "service web-mof down: mice"):
        assert fault_in(cause) is None


def test_a_machine_that_does_not_run_is_down_and_its_services_are_unreachable_under_it(served: Inventory) -> None:
    """Whether it died or was never made: its cable has no carrier either way, and nothing answers."""
    cause = "device web-1 down"
    assert not_up(Reality(served, dead=frozenset({"web-1"}))) == {
        "device web-1": (DOWN, cause),
        "link sw-dodoma--web-1": (DOWN, cause),
        **dict.fromkeys(SITES, (UNREACHABLE, cause)),
    }


def test_a_machine_is_down_whatever_its_switch_can_say_of_the_cable(served: Inventory) -> None:
    """The switch's agent does not answer, or its port still has carrier."""
    for reality in (
        Reality(served, dead=frozenset({"web-1"}), unread=frozenset({"sw-dodoma"})),
        Reality(served, dead=frozenset({"web-1"}), stale=True),
    ):
        assert judged(reality)["device web-1"] == (DOWN, "device web-1 down")


def test_a_server_that_is_no_machine_of_ours_behind_a_cut_cable_is_unreachable(served: Inventory) -> None:
    """A real box has a real cable: the switch saw that go, and nothing is known against the box."""
    metal = changed(served, {"machines": ()})
    cause = "link sw-dodoma--web-1 down"
    assert not_up(Reality(metal, cut=frozenset({"sw-dodoma--web-1"}))) == {
        "link sw-dodoma--web-1": (DOWN, cause),
        "device web-1": (UNREACHABLE, cause),
        **dict.fromkeys(SITES, (UNREACHABLE, cause)),
    }


def test_services_behind_a_cut_network_are_unreachable_and_named_by_the_cut(served: Inventory) -> None:
    """The server stands in Rungwe, behind the only link there."""
    switch, port = served.device["sw-rungwe"], Interface(name="eth9", mode=InterfaceMode.ACCESS, vlan=10)
    wider = switch.model_copy(update={"interfaces": (*switch.interfaces, port)})
    cable = served.link["sw-dodoma--web-1"]
    longer = cable.model_copy(update={"a": LinkEnd(device="sw-rungwe", interface="eth9")})
    moved = changed(
        served,
        {
            "devices": tuple(wider if one == switch else one for one in served.devices),
            "links": tuple(longer if one == cable else one for one in served.links),
        },
    )
    found = judged(Reality(moved, cut=frozenset({"rr-mbeya--dr-rungwe"})))
    assert {found[name] for name in ("device web-1", *SITES)} == {(UNREACHABLE, "link rr-mbeya--dr-rungwe down")}


def test_a_service_that_was_not_asked_is_unknown_and_not_up(served: Inventory) -> None:
    well = Reality(served)
    found = judge(served, well.readings(), well.probes(), well.services()[:1])
    assert found[Subject(kind=SubjectKind.SERVICE, name="web-mof")].state is UP
    assert found[Subject(kind=SubjectKind.SERVICE, name="web-portal")] == (UNKNOWN, "not probed")


def test_when_nothing_answers_no_service_is_down(served: Inventory) -> None:
    assert {one.state for one in judged(Reality(served, dead=frozenset({"sw-dodoma"}))).values()} == {UNKNOWN}


def test_an_answer_of_http_shows_that_we_are_not_blind(served: Inventory) -> None:
    """A page that says 503 is an answer all the same, and a page that comes is up although its server is silent."""
    dark = Reality(served, dead=frozenset({"sw-dodoma"}))
    well, *_ = Reality(served).services()
    ill = well.model_copy(update={"service": "web-portal", "fault": Fault.SERVER_ERROR, "status": 503})
    found = judge(served, dark.readings(), dark.probes(), (well, ill))
    assert found[Subject(kind=SubjectKind.SERVICE, name="web-mof")].state is UP
    assert found[Subject(kind=SubjectKind.SERVICE, name="web-portal")].state is not UNKNOWN
    only_ill = judge(served, dark.readings(), dark.probes(), (ill,))
    assert only_ill[Subject(kind=SubjectKind.SERVICE, name="web-portal")].state is not UNKNOWN


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_service_is_up_exactly_when_it_can_be_had(served: Inventory, data: st.DataObject) -> None:
    reality = Reality(
        served,
        cut=frozenset(data.draw(st.sets(st.sampled_from([link.name for link in served.links]), max_size=4))),
        dead=frozenset(data.draw(st.sets(st.sampled_from([device.name for device in served.managed]), max_size=3))),
        unread=frozenset(data.draw(st.sets(st.sampled_from([device.name for device in served.managed]), max_size=3))),
        faults=data.draw(st.dictionaries(st.sampled_from(["web-mof", "web-portal"]), st.sampled_from(Fault))),
        stale=data.draw(st.booleans()),
    )
    found = judged(reality)
    if {one.state for one in found.values()} == {UNKNOWN}:
        assert not reality.reached() & {device.name for device in served.managed}
        return
    reached = "web-1" in reality.reached()
    for name in ("web-mof", "web-portal"):
        state, cause = found[f"service {name}"]
        assert (state is UP) == (reached and name not in reality.faults)
        assert (state is DOWN) == (reached and name in reality.faults)
        assert (state is UNREACHABLE) == (not reached)
        assert state is UP or roots(cause)
        assert (fault_in(cause) is None) == (state is not DOWN)
