"""Services from the poller to the store, the samples, the document and the command line."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Interface
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import govnet.verbs.monitor
import govnet.wire
from deploys.tls import Authority as OurAuthority
from deploys.tls import site_certificate
from govnet.desk import Desk
from inventory.model import Device, Interface, InterfaceMode, Inventory
from inventory.sealed import Sealed
from inventory.secret_store import AgeStore
from inventory.secrets import SecretMissing
from monitoring.document import Certificate, UptimeDocument, canonical
from monitoring.https import HttpsLimits, WebAnswer
from monitoring.model import Fault, ProbeReading, Reading, ServiceReading, State, Subject, SubjectKind
from monitoring.poller import Limits, NetworkLook, look_at
from monitoring.samples import Samples
from monitoring.served import Served
from monitoring.snmp import SnmpLimits
from monitoring.state import Judgement, subjects
from monitoring.store import Round, Store
from monitoring.uptime_document import uptime_document
from tests.monitoring.agent import TableSecrets, agent
from tests.monitoring.pretend import NINE, VALID_UNTIL, PretendClock, PretendLook, polled
from tests.monitoring.reality import Reality
from tests.monitoring.web import Heard, listening, site
from tests.monitoring.world_with_server import folder_of_world

PORTAL = Subject(kind=SubjectKind.SERVICE, name="web-portal")
EXPIRED = {"web-portal": Fault.EXPIRED}


def reading(name: str, moment: datetime, days: int | None = 99, fault: Fault | None = None) -> ServiceReading:
    status = 200 if fault is None else None
    return ServiceReading(
        service=name, at=moment, fault=fault, status=status, response_ms=1.5 if status else None, certificate_days=days
    )


def ill_for_20_s(inventory: Inventory, reality: Reality) -> PretendLook:
    return PretendLook(inventory, PretendClock(), 20, 40, ill=reality)


# To the document ----------------------------------------------------------------------------------------------------


def test_an_expired_certificate_from_the_poller_to_the_document(served: Inventory, tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        polled(served, store, ill_for_20_s(served, Reality(served, faults=EXPIRED)), 60)
        document = uptime_document(served, store, NINE, NINE + timedelta(seconds=60))
    mof, portal = document.services
    assert (portal.title.sw, portal.host_name, portal.server, portal.site) == (
        "Lango la kodi",
        "portal.mof.example",
        "web-1",
        "dodoma-dc",
    )
    assert (portal.uptime.seconds[State.DOWN], portal.outages, portal.longest_outage_s) == (20, 1, 20)
    assert (mof.uptime.availability, mof.outages) == (1.0, 0)
    (outage,) = document.outages
    assert (outage.root, outage.fault, outage.services) == ((PORTAL,), Fault.EXPIRED, ("web-portal",))
    assert (outage.devices, outage.links, outage.institutions) == ((), (), ())
    assert (document.evidence.services, document.evidence.services_answered) == (31 * 2, 31 * 2 - 10)
    assert document.evidence.samples[0].services == 30 * 2
    assert UptimeDocument.model_validate_json(canonical(document)) == document


def test_a_machine_that_does_not_exist_yet_is_down_and_no_error(served: Inventory, tmp_path: Path) -> None:
    """Until it is made: one outage, of the machine, with all that it took along."""
    missing = Reality(served, dead=frozenset({"web-1"}))
    look = PretendLook(served, PretendClock(), 0, 40, ill=missing)
    with Store(tmp_path) as store:
        polled(served, store, look, 60)
        document = uptime_document(served, store, NINE, NINE + timedelta(seconds=60))
    (outage,) = document.outages
    assert outage.cause == "device web-1 down"
    assert (outage.devices, outage.links) == (("web-1",), ("sw-dodoma--web-1",))
    assert outage.services == ("web-mof", "web-portal")
    assert outage.fault is None
    assert [row.uptime.seconds[State.UNREACHABLE] for row in document.services] == [40, 40]


def test_days_are_of_the_last_reading_in_the_period_that_saw_the_certificate(served: Inventory, tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        polled(served, store, ill_for_20_s(served, Reality(served, faults=EXPIRED)), 40)
        whole = uptime_document(served, store, NINE, NINE + timedelta(seconds=39))
        ill = uptime_document(served, store, NINE + timedelta(seconds=20), NINE + timedelta(seconds=39))
    days = (VALID_UNTIL - NINE).days
    assert [row.certificate for row in whole.services] == [
        Certificate(days=days, at=NINE + timedelta(seconds=38)),
        Certificate(days=days, at=NINE + timedelta(seconds=18)),
    ]
    assert [row.certificate is None for row in ill.services] == [False, True]


def test_time_when_nobody_asked_is_unknown(served: Inventory, tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        document = uptime_document(served, store, NINE, NINE + timedelta(seconds=60))
    assert [row.uptime.seconds[State.UNKNOWN] for row in document.services] == [60, 60]
    assert [(row.uptime.availability, row.certificate) for row in document.services] == [(None, None)] * 2


# Samples ------------------------------------------------------------------------------------------------------------


def test_samples_of_services_are_read_back(tmp_path: Path) -> None:
    samples = Samples(tmp_path)
    ill = reading("web-mof", NINE, None, Fault.EXPIRED)
    samples.write([], [], [ill, reading("web-portal", NINE, -1)])
    assert samples.table("services", samples.days()).to_pylist() == [
        {"at": NINE, "service": "web-mof", "fault": "its certificate has expired", "status": None, "response_ms": None,
         "certificate_days": None},
        {"at": NINE, "service": "web-portal", "fault": None, "status": 200, "response_ms": 1.5,
         "certificate_days": -1},
    ]  # fmt: skip


def test_the_digest_tells_one_changed_sample_of_a_service(tmp_path: Path) -> None:
    well = reading("web-mof", NINE)
    others: list[dict[str, object]] = [
        {"status": 204}, {"fault": Fault.NOT_HTTP}, {"certificate_days": 98}, {"response_ms": 2.5},
        {"at": NINE + timedelta(milliseconds=1)}, {"service": "web-portal"},
    ]  # fmt: skip
    digests = set()
    for number, update in enumerate([{}, *others]):
        samples = Samples(tmp_path / str(number))
        samples.write([], [], [well.model_copy(update=update)])
        digests.add(samples.evidence(NINE, NINE + timedelta(hours=1))[0].digest)
    assert len(digests) == len(others) + 1


@settings(max_examples=20, deadline=None)
@example(seen=[("web-mof", 0, 9), ("web-mof", 86400, 8), ("web-portal", 0, 7)], edges=(0, 5 * 86400))
@given(
    seen=st.lists(
        st.tuples(
            st.sampled_from(["web-mof", "web-portal"]), st.integers(0, 5 * 86400), st.none() | st.integers(-9, 400)
        ),
        max_size=12,
        unique_by=lambda one: one[:2],
    ),
    edges=st.tuples(st.integers(0, 5 * 86400), st.integers(1, 5 * 86400)),
)
def test_the_last_certificate_is_found_over_days(
    tmp_path_factory: pytest.TempPathFactory, seen: list[tuple[str, int, int | None]], edges: tuple[int, int]
) -> None:
    """Against the definition, whatever was seen on which day."""
    samples = Samples(tmp_path_factory.mktemp("samples"))
    start = NINE + timedelta(seconds=edges[0])
    end = start + timedelta(seconds=edges[1])
    readings = [reading(name, NINE + timedelta(seconds=at_s), days) for name, at_s, days in seen]
    samples.write([], [], readings)
    expected = {}
    for one in sorted(readings, key=lambda one: one.at):
        if start <= one.at < end and one.certificate_days is not None:
            expected[one.service] = Certificate(days=one.certificate_days, at=one.at)
    assert samples.certificates(("web-mof", "web-portal"), start, end) == expected


# Stores from before services ----------------------------------------------------------------------------------------


def older_store(folder: Path) -> None:
    """As the version before services left it: its own SQL, and samples of the two kinds that it had."""
    folder.mkdir()
    with sqlite3.connect(folder / "monitoring.sqlite") as db:
        db.executescript((Path(__file__).parent / "store-before-services.sql").read_text())
    db.close()
    for number in range(3):
        at = NINE + timedelta(seconds=2 * number)
        answered = number != 1
        Samples(folder / "samples").write(
            [Reading(device="core-1", at=at, reachable=True, round_trip_ms=0.5, answered=True)],
            [ProbeReading(institution="mof", at=at, reachable=answered, round_trip_ms=1.5 if answered else None)],
            [],
        )
    assert not (folder / "samples" / "services").exists()


def test_an_older_store_still_reads(served: Inventory, tmp_path: Path) -> None:
    older_store(tmp_path / "store")
    with Store(tmp_path / "store") as store:
        document = uptime_document(served, store, NINE, NINE + timedelta(seconds=4))
        at, states = store.last_round()
        assert (store.last_services(), [one.device for one in store.last_readings()]) == ((), ["core-1"])
    assert at == NINE + timedelta(seconds=4)
    assert {subject.name: change.state for subject, change in states.items()} == {"core-1": "up", "mof": "up"}
    (watch,) = document.evidence.watches
    assert (watch.rounds, watch.probes_answered, watch.services, watch.services_answered) == (3, 2, 0, 0)
    (mof,) = (row for row in document.institutions if row.subject.name == "mof")
    assert (mof.uptime.seconds[State.UP], mof.uptime.seconds[State.DOWN]) == (2, 2)
    assert [row.uptime.seconds[State.UNKNOWN] for row in document.services] == [4, 4], "nobody asked them then"


def test_the_samples_of_an_older_day_keep_their_digest(tmp_path: Path) -> None:
    """The figure is what the version before services printed for these samples."""
    older_store(tmp_path / "store")
    (day,) = Samples(tmp_path / "store" / "samples").evidence(NINE, NINE + timedelta(hours=1))
    assert (day.readings, day.probes, day.services) == (3, 3, 0)
    assert day.digest == "sha256:4ef79818289340661fd2c1485dd7ad3b21eeac262240ff8b80dba7afb9db33bc"


def test_an_older_store_is_written_on(served: Inventory, tmp_path: Path) -> None:
    older_store(tmp_path / "store")
    with Store(tmp_path / "store") as store:
        polled(served, store, PretendLook(served, PretendClock(NINE + timedelta(seconds=10))), 10)
        document = uptime_document(served, store, NINE, NINE + timedelta(seconds=20))
    old, new = document.evidence.watches
    assert (old.number, old.services, new.number, new.services) == (1, 0, 2, 6 * 2)
    assert [row.uptime.seconds[State.UP] for row in document.services] == [10, 10]


def test_an_error_of_http_is_an_answer_and_counted_as_one(desk: Desk) -> None:
    failed = reading("web-mof", NINE, 9, Fault.SERVER_ERROR).model_copy(update={"status": 503})
    keep(desk, failed, reading("web-portal", NINE, None, Fault.REFUSED))
    with Store(desk.state / "monitoring") as store:
        (watch,) = store.watches(NINE - timedelta(seconds=1), NINE + timedelta(seconds=1))
        assert store.last_services()[0] == failed
    assert (watch.services, watch.services_answered) == (2, 1)


# Really -------------------------------------------------------------------------------------------------------------


def on_loopback(inventory: Inventory) -> Inventory:
    """The same world with its server at 127.0.0.1, and nothing else to poll."""
    (web,), jump = inventory.servers, inventory.device["jump-1"]
    port = Interface(name="eth0", mode=InterfaceMode.ROUTED, addresses=(IPv4Interface("127.0.0.1/8"),))
    box = Device(
        name=web.name, site=web.site, role=web.role, platform=web.platform, management="eth0", interfaces=(port,)
    )
    return Inventory(world=inventory.world, sites=inventory.sites, devices=(box, jump), services=inventory.services)


def test_a_server_is_read_and_its_sites_are_asked_with_the_certificates_that_deploys_make(
    served: Inventory, tmp_path: Path
) -> None:
    """snmpd with no FRR beside it, and a site with the certificate that a deploy would give it, over real sockets."""
    secrets = TableSecrets({"snmp-auth": "a-password-of-snmp", "snmp-priv": "another-one-of-snmp"})
    store = AgeStore.create(tmp_path / "secrets", served, "ca-key", "web-key")
    ours = OurAuthority(served.world.title.en, Sealed(store.value("ca-key")))
    today, heard = datetime.now(UTC).date(), Heard()
    certificate = site_certificate(ours, "www.mof.example", Sealed(store.value("web-key")), today)
    given = store.value("web-key") + certificate
    world = on_loopback(served)
    answer = b"HTTP/1.1 200 OK\r\n\r\n"
    with (
        agent(tmp_path / "agent", served.world.snmp, secrets) as snmpd,
        listening(site(tmp_path, given, answer, heard)) as port,
    ):

        async def look() -> tuple[Reading, dict[str, ServiceReading]]:
            limits = Limits(snmp=SnmpLimits(port=snmpd.port), https=HttpsLimits(port=port))
            authority = govnet.wire.authority(served, store)
            network = NetworkLook(world, secrets, authority, limits)
            (reading,), _, services = await look_at(world, network, datetime.now(UTC), limits)
            return reading, {one.service: one for one in services}

        read, asked = asyncio.run(look())
    assert (read.device, read.reachable, read.answered, read.problem) == ("web-1", True, True, "")
    assert (read.interfaces != (), read.ospf, read.bgp) == (True, (), ())
    assert (asked["web-mof"].fault, asked["web-mof"].status) == (None, 200)
    days = asked["web-mof"].certificate_days
    assert days is not None
    assert 100 <= days < 200, "as deploys.tls promises"
    assert asked["web-portal"] == reading("web-portal", asked["web-portal"].at, None, Fault.WRONG_NAME)
    assert sorted(name or "" for name in heard.names) == ["portal.mof.example", "www.mof.example"]


def test_sites_are_asked_side_by_side_and_no_more_at_once_than_may_be(served: Inventory) -> None:
    now = most = 0

    class Counting(PretendLook):
        async def ask(self, service: Served) -> WebAnswer:
            nonlocal now, most
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.001)
            now -= 1
            return await super().ask(service)

    look = Counting(served, PretendClock())
    for at_once in (1, 2):
        most = 0
        asyncio.run(look_at(served, look, NINE, Limits(services_at_once=at_once)))
        assert most == at_once


# The command line ---------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(folder_of_world(tmp_path), tmp_path / "state", as_json=False)


def keep(desk: Desk, *services: ServiceReading) -> None:
    with Store(desk.state / "monitoring") as store, store.recording(NINE, 30) as recording:
        states = {
            subject: Judgement(State.UP) for subject in subjects(desk.inventory) if subject.kind is SubjectKind.SERVICE
        }
        faults = {one.service: one.fault for one in services if one.fault}
        for name, fault in faults.items():
            subject = Subject(kind=SubjectKind.SERVICE, name=name)
            states[subject] = Judgement(State.DOWN, f"service {name} down: {fault}")
        recording.round(Round(NINE, (), (), services, states))


def test_status_tells_services_and_the_certificate_that_ends_first(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(desk, reading("web-mof", NINE, 29), reading("web-portal", NINE, 87))
    govnet.verbs.monitor.status_at(desk, NINE + timedelta(seconds=2))
    lines = capsys.readouterr().out.splitlines()
    assert "  2 of 2 services up" in lines
    assert "  certificates: 2 seen, valid for 29 days or more (web-mof)" in lines
    assert "    web-mof: renew its certificate, 29 days left" in lines
    assert not any(line.startswith("    web-portal") for line in lines)


def test_status_says_why_a_service_is_down(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    keep(desk, reading("web-mof", NINE, 30), reading("web-portal", NINE, None, Fault.EXPIRED))
    govnet.verbs.monitor.status_at(replace(desk, as_json=True), NINE + timedelta(seconds=2))
    said = capsys.readouterr()
    assert "    web-portal: down (service web-portal down: its certificate has expired)\n" in said.err
    assert "certificates: 1 seen, valid for 30 days or more (web-mof)\n" in said.err
    assert "renew" not in said.err
    document = json.loads(said.out)
    assert [(one["service"], one["fault"], one["certificate_days"]) for one in document["services"]] == [
        ("web-mof", None, 30),
        ("web-portal", "its certificate has expired", None),
    ]


@pytest.mark.parametrize("later", [timedelta(seconds=32), timedelta(days=3)])
def test_what_was_up_when_the_poller_last_looked_is_not_up_now(
    desk: Desk, capsys: pytest.CaptureFixture[str], later: timedelta
) -> None:
    """Law 6: no data is not "up"."""
    keep(desk, reading("web-mof", NINE, 80), reading("web-portal", NINE, 80))
    govnet.verbs.monitor.status_at(replace(desk, as_json=True), NINE + later)
    said = capsys.readouterr()
    measured, _, _ = said.err.partition("Change windows")
    assert measured.splitlines() == [
        "The poller is off since 2026-11-23 09:00:00 UTC: what is up now is unknown. Run govnet poll.",
        "  2 services: unknown",
    ]
    document = json.loads(said.out)
    assert document["off_since"] == document["at"] == "2026-11-23T09:00:00+00:00"
    assert [(one["name"], one["state"], one["cause"]) for one in document["states"]] == [
        ("web-mof", "unknown", "the poller was off"),
        ("web-portal", "unknown", "the poller was off"),
    ]


def test_a_poller_that_looks_is_not_off(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    keep(desk, reading("web-mof", NINE, 80), reading("web-portal", NINE, 80))
    govnet.verbs.monitor.status_at(replace(desk, as_json=True), NINE + timedelta(seconds=16))
    document = json.loads(capsys.readouterr().out)
    assert document["off_since"] is None
    assert {one["state"] for one in document["states"]} == {"up"}


def test_a_service_that_left_the_inventory_leaves_the_status(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    keep(desk, reading("web-old", NINE - timedelta(days=9), 1), reading("web-mof", NINE, 80))
    govnet.verbs.monitor.status_at(desk, NINE + timedelta(seconds=2))
    assert "web-old" not in capsys.readouterr().out


def test_the_authority_is_the_one_that_signs_the_sites_and_a_world_without_servers_has_none(
    served: Inventory, tmp_path: Path
) -> None:
    store = AgeStore.create(tmp_path / "secrets", served, "ca-key")
    found = govnet.wire.authority(served, store)
    assert found is not None
    assert found.startswith("-----BEGIN CERTIFICATE-----")
    assert "PRIVATE" not in found
    bare = served.model_copy(update={"world": served.world.model_copy(update={"hosting": None})})
    assert govnet.wire.authority(bare, store) is None
    empty = AgeStore.create(tmp_path / "empty", served, "web-key")
    with pytest.raises(SecretMissing):
        govnet.wire.authority(served, empty)


def test_poll_hands_the_authority_in_and_counts_services(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Down to the document, with a pretended network in place of the real one."""
    AgeStore.create(desk.state / "secrets", desk.inventory)
    given: list[str | None] = []

    class Handed(PretendLook):
        def __init__(self, inventory: Inventory, secrets: object, authority: str | None, limits: Limits) -> None:
            given.append(authority)
            super().__init__(inventory, PretendClock(), 0, 1, ill=Reality(inventory, faults=EXPIRED))

    monkeypatch.setattr("monitoring.poller.NetworkLook", Handed)
    monkeypatch.setattr(govnet.verbs.monitor, "SystemClock", PretendClock)
    govnet.verbs.monitor.poll(desk, "4s")
    assert given == [govnet.wire.authority(desk.inventory, desk.secrets)]
    said = capsys.readouterr().out
    assert "web-portal: down (service web-portal down: its certificate has expired)" in said
    assert "09:00:00 round 1: 8 of 8 devices answered, 1 of 2 services\n" in said
