"""The poller over a pretended network and clock, down to the uptime document."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from ipaddress import IPv4Interface
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.model import Device, Interface, InterfaceMode, Inventory
from monitoring.document import Maintenance, UptimeDocument, canonical
from monitoring.model import Reading, State, Subject, SubjectKind
from monitoring.poller import Limits, NetworkLook, Progress, look_at, run
from monitoring.rounds import Rounds
from monitoring.snmp import SnmpAnswer, SnmpLimits
from monitoring.state import Judgement, subjects
from monitoring.store import PollerBusy, Round, Store
from monitoring.uptime_document import uptime_document
from monitoring.walk import SnmpFailure
from tests.monitoring.agent import TableSecrets, agent
from tests.monitoring.pretend import CUT, NINE, PretendClock, PretendLook, polled


def out_s(document: UptimeDocument, name: str) -> float:
    for row in (*document.devices, *document.links, *document.institutions):
        if row.subject.name == name:
            return row.uptime.seconds[State.DOWN] + row.uptime.seconds[State.UNREACHABLE]
    raise KeyError(name)


def test_a_cut_link_from_the_poller_to_the_document(demo: Inventory, tmp_path: Path) -> None:
    look = PretendLook(demo, PretendClock(), 20, 40)
    with Store(tmp_path) as store:
        heard = polled(demo, store, look, 60)
        document = uptime_document(demo, store, NINE, NINE + timedelta(seconds=60))
    assert [one.number for one in heard] == list(range(1, 32))
    assert [len(one.changes) for one in heard if one.changes] == [
        len(subjects(demo)),
        5,
        5,
    ]
    assert {name: out_s(document, name) for name in ("chunya-dc", "dr-chunya", "sw-chunya", *CUT)} == dict.fromkeys(
        ("chunya-dc", "dr-chunya", "sw-chunya", *CUT), 20.0
    )
    assert [out_s(document, name) for name in ("rungwe-dc", "kyela-dc", "dr-kyela", "mof")] == [0, 0, 0, 0]
    (outage,) = document.outages
    assert (outage.cause, outage.institutions) == ("link rr-mbeya--dr-chunya down", ("chunya-dc",))
    assert (document.evidence.off_s, document.evidence.rounds) == (0, 31)
    assert document.evidence.probes == 31 * 8
    assert document.evidence.samples[0].probes == 30 * 8, "the last round is at the end, which is not in [start, end)"


def test_the_same_store_and_period_give_the_same_bytes(demo: Inventory, tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        polled(demo, store, PretendLook(demo, PretendClock(), 20, 40), 60)
        one, two = (uptime_document(demo, store, NINE, NINE + timedelta(hours=1)) for _ in range(2))
    assert canonical(one) == canonical(two)
    assert UptimeDocument.model_validate_json(canonical(one)) == two


def test_time_when_the_poller_was_off_is_unknown(demo: Inventory, tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        polled(demo, store, PretendLook(demo, PretendClock()), 20)
        later = PretendLook(demo, PretendClock(NINE + timedelta(seconds=50)))
        polled(demo, store, later, 10)
        document = uptime_document(demo, store, NINE, NINE + timedelta(seconds=60))
    assert (document.evidence.off_s, document.evidence.watched_s) == (30, 30)
    assert all(row.uptime.seconds[State.UNKNOWN] >= 30 for row in document.devices)
    assert [watch.run for watch in document.evidence.watches] == [1, 2]


def test_a_poller_that_is_killed_claims_nothing_after_its_last_round(demo: Inventory, tmp_path: Path) -> None:
    look = PretendLook(demo, PretendClock())

    def killed(progress: Progress) -> None:
        if progress.number == 6:
            raise KeyboardInterrupt

    with Store(tmp_path) as store:
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(run(demo, look, store, None, look.clock, killed, Limits()))
        document = uptime_document(demo, store, NINE, NINE + timedelta(seconds=60))
    assert document.evidence.watched_s == 10
    assert document.evidence.samples[0].probes == 6 * 8, "what was in memory is kept"


@pytest.mark.parametrize("takes_s", [17, 29, 100])
def test_a_stalled_poller_did_not_look(demo: Inventory, tmp_path: Path, takes_s: float) -> None:
    """A round may be two seconds apart from the next, or run to its own time limits: whatever is longer is a stall."""
    look = PretendLook(demo, PretendClock(), takes_s=takes_s)
    with Store(tmp_path) as store:
        polled(demo, store, look, 300)
        document = uptime_document(demo, store, NINE, NINE + timedelta(seconds=300))
    assert document.evidence.watched_s == 0


@pytest.mark.parametrize("takes_s", [5, 14.8])
def test_a_round_that_waits_for_the_silent_is_a_look(demo: Inventory, tmp_path: Path, takes_s: float) -> None:
    look = PretendLook(demo, PretendClock(), takes_s=takes_s)
    with Store(tmp_path) as store:
        polled(demo, store, look, 120)
        document = uptime_document(demo, store, NINE, NINE + timedelta(seconds=120))
    assert document.evidence.off_s == 0


def test_a_second_poller_is_refused(demo: Inventory, tmp_path: Path) -> None:
    with (
        Store(tmp_path) as store,
        Store(tmp_path) as second,
        store.recording(NINE, 30),
        pytest.raises(PollerBusy),
        second.recording(NINE, 30),
    ):
        pass


def test_a_failed_reading_says_why_and_ends_nothing(demo: Inventory, tmp_path: Path) -> None:
    class Deaf(PretendLook):
        async def read(self, device: Device) -> SnmpAnswer:
            raise SnmpFailure("no SNMP answer in 3 tries of 1 s")

    with Store(tmp_path) as store:
        polled(demo, store, Deaf(demo, PretendClock()), 4)
        readings = store.last_readings()
        _, states = store.last_round()
    assert {one.problem for one in readings} == {"no SNMP answer in 3 tries of 1 s"}
    assert states[Subject(kind=SubjectKind.DEVICE, name="core-1")].state is State.UP
    assert states[Subject(kind=SubjectKind.LINK, name="core-1--core-2")].state is State.UNKNOWN


def test_status_is_the_last_round(demo: Inventory, tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        assert store.last_round() == (None, {})
        polled(demo, store, PretendLook(demo, PretendClock(), 6, 99), 10)
        at, states = store.last_round()
        readings: tuple[Reading, ...] = store.last_readings()
    assert at == NINE + timedelta(seconds=10)
    chunya = states[Subject(kind=SubjectKind.INSTITUTION, name="chunya-dc")]
    assert (chunya.state, chunya.at) == (State.UNREACHABLE, NINE + timedelta(seconds=6))
    assert [one.device for one in readings] == sorted(device.name for device in demo.managed)


def test_declared_maintenance_is_not_counted_and_is_shown(demo: Inventory, tmp_path: Path) -> None:
    declared = Maintenance(
        subject=Subject(kind=SubjectKind.INSTITUTION, name="chunya-dc"),
        start=NINE + timedelta(seconds=10),
        end=NINE + timedelta(seconds=50),
        reason="fibre moved",
        person="asha",
        recorded=NINE - timedelta(days=1),
    )
    with Store(tmp_path) as store:
        store.declare(declared)
        polled(demo, store, PretendLook(demo, PretendClock(), 20, 40), 60)
        document = uptime_document(demo, store, NINE, NINE + timedelta(seconds=60))
    (row,) = (row for row in document.institutions if row.subject.name == "chunya-dc")
    assert (row.uptime.availability, row.outages, row.uptime.seconds[State.MAINTENANCE]) == (1.0, 0, 40)
    assert document.evidence.maintenance == (declared,)


def test_an_empty_period_is_refused(demo: Inventory, tmp_path: Path) -> None:
    with Store(tmp_path) as store, pytest.raises(ValueError, match="period is empty"):
        uptime_document(demo, store, NINE, NINE)


@given(interval=st.integers(1, 600), takes=st.lists(st.floats(0, 2000), max_size=30))
def test_rounds_stay_on_the_beat(interval: int, takes: list[float]) -> None:
    """Each round starts on a beat, at most one beat after the one before it ended, and no two share a beat."""
    rounds, now, beats = Rounds(interval), 1000.0, []
    for took in takes:
        delay = rounds.delay_s(now)
        assert 0 <= delay <= interval
        now += delay
        beats.append(round((now - 1000) / interval, 6))
        now += took
    assert beats == sorted(set(beats))
    assert all(abs(beat - round(beat)) < 1e-5 for beat in beats)


def test_rounds_begin_anew_when_the_clock_steps_back() -> None:
    rounds = Rounds(10)
    assert [rounds.delay_s(now) for now in (100, 103, 20, 21)] == [0, 7, 0, 9]
    with pytest.raises(ValueError, match="above zero"):
        Rounds(0)


def test_the_network_is_asked_over_icmp_and_snmp(demo: Inventory, tmp_path: Path) -> None:
    """One box, really: the real engines against an agent on loopback."""
    secrets = TableSecrets({"snmp-auth": "canary-auth-1", "snmp-priv": "canary-priv-1"})
    loopback = Interface(name="lo", mode=InterfaceMode.LOOPBACK, addresses=(IPv4Interface("127.0.0.1/32"),))
    core, jump = demo.device["core-1"], demo.device["jump-1"]
    box = Device(
        name=core.name, site=core.site, role=core.role, platform=core.platform, management="lo", interfaces=(loopback,)
    )
    world = Inventory(world=demo.world, sites=demo.sites, devices=(box, jump))
    with agent(tmp_path / "agent", demo.world.snmp, secrets) as one:

        async def look() -> tuple[Reading, ...]:
            limits = Limits(snmp=SnmpLimits(port=one.port))
            readings, _, _ = await look_at(world, NetworkLook(world, secrets, None, limits), NINE, limits)
            return readings

        (reading,) = asyncio.run(look())
    assert (reading.device, reading.reachable, reading.answered, reading.problem) == ("core-1", True, True, "")
    assert reading.system is not None
    assert reading.interfaces
    assert "canary" not in reading.model_dump_json()


def test_a_host_clock_that_is_set_back_begins_a_new_watch(demo: Inventory, tmp_path: Path) -> None:
    moments = [NINE, NINE + timedelta(seconds=2), NINE - timedelta(days=9000), NINE + timedelta(seconds=6)]
    with Store(tmp_path) as store:
        with store.recording(NINE, 30) as recording:
            for moment in moments:
                states = dict.fromkeys(subjects(demo), Judgement(State.UP))
                recording.round(Round(moment, (), (), (), states))
        document = uptime_document(demo, store, NINE, NINE + timedelta(seconds=6))
    assert [(watch.rounds, watch.end - watch.start) for watch in document.evidence.watches] == [
        (2, timedelta(seconds=2))
    ]
    assert document.devices[0].uptime.seconds[State.UNKNOWN] == 4


def test_a_period_is_cut_to_whole_milliseconds(demo: Inventory, tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        document = uptime_document(demo, store, NINE, NINE + timedelta(seconds=1, microseconds=1999))
    assert document.end == NINE + timedelta(milliseconds=1001)
    assert sum(round(s * 1000) for s in document.devices[0].uptime.seconds.values()) == 1001
