"""Documents to make reports of: the demonstration world with known faults, all moments fixed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from change.approval import Counted
from change.canonical import canonical as canonical_document
from change.canonical import digest_of, document_of
from change.chain import Head, entry_digest
from change.evidence import Gathered, evidence_of
from change.model import (
    Diff,
    DiffLine,
    Effect,
    JournalEntry,
    Level,
    Outcome,
    PartDiff,
    Plan,
    Probe,
    Read,
    Reason,
    RevertStrength,
    Risk,
    Source,
    Standing,
    Step,
)
from change.papers import KeptCalendar, SignedPaper
from change.plan import digest
from change.window import Calendar, Period, Weekly
from govnet.report.change_document import Attachment, ChangeDocument, change_document
from govnet.report.plan_document import Approvals, Now, PlanDocument, WaveWindow, plan_document
from govnet.report.topology_document import TopologyDocument, topology_document
from inventory.load import load
from inventory.model import Inventory, Platform, Text
from inventory.trust import Charter, Key, Need, Person, Policy, Statement, Trust, TrustRole, canonical
from monitoring.document import Certificate, DaySamples, Maintenance, Outage, Row, ServiceRow, UptimeDocument, Watch
from monitoring.document import Evidence as UptimeEvidence
from monitoring.model import Fault, Interval, State, Subject, SubjectKind, Uptime

START = datetime(2026, 11, 23, 3, 4, 5, tzinfo=UTC)
END = START + timedelta(minutes=60)
DIGEST = "sha256:" + "ab" * 32
ALL_WEEK = Weekly(days=frozenset(range(7)), start_min=0, end_min=24 * 60)
ALWAYS = Calendar(windows=(Period(name="always", title="At any time", when=ALL_WEEK, zone="UTC"),))
CALENDAR = canonical_document(document_of(ALWAYS)).decode()
GENESIS = "sha256:" + "0" * 64


def demo() -> Inventory:
    return load(Path(__file__).parents[2] / "inventory" / "demo")


def topology() -> TopologyDocument:
    """One link missing, one seen from one side only, one unexpected; the jump host is silent.

    The servers answer as well, and have no table of neighbours.
    """
    inventory = demo()
    sightings = {
        (near.device, near.interface, far.device, far.interface)
        for link in inventory.links
        for near, far in ((link.a, link.b), (link.b, link.a))
        if inventory.device[near.device].platform in (Platform.FRR, Platform.IFUPDOWN2) and far.device != "jump-1"
    }
    gone = {("dr-chunya", "rr-mbeya"), ("dr-karatu", "dr-monduli"), ("dr-monduli", "dr-karatu")}
    seen = {one for one in sightings if (one[0], one[2]) not in gone}
    seen |= {("dr-karatu", "eth2", "dr-ngorongoro", "eth9"), ("dr-ngorongoro", "eth9", "dr-karatu", "eth2")}
    read = {device.name: START + timedelta(seconds=number) for number, device in enumerate(inventory.managed)}
    return topology_document(inventory, DIGEST, "fd47" * 10, read, seen)


def uptime() -> UptimeDocument:
    """One link is cut for five minutes and takes Chunya with it; nobody looks in the last four minutes.

    The certificate of one web site ends in the same five minutes and is renewed; another's was never seen.
    """
    inventory = demo()
    cut, healed, blind = (START + timedelta(minutes=minutes) for minutes in (20, 25, 56))
    link = Subject(kind=SubjectKind.LINK, name="rr-mbeya--dr-chunya")
    expired = Subject(kind=SubjectKind.SERVICE, name="web-necta")
    lost = {"dr-chunya", "sw-chunya", "chunya-dc"}

    def row(kind: SubjectKind, name: str, title: Text, site: str) -> Row:
        subject = Subject(kind=kind, name=name)
        states = [
            (START, cut, State.UP),
            (cut, healed, State.UP),
            (healed, blind, State.UP),
            (blind, END, State.UNKNOWN),
        ]
        if name in lost:
            states[1] = (cut, healed, State.UNREACHABLE)
        elif subject in (link, expired):
            states[1] = (cut, healed, State.DOWN)
        elif name == "necta":
            states[0] = (START, cut, State.MAINTENANCE)
        intervals = tuple(Interval(subject=subject, state=state, start=one, end=two) for one, two, state in states)
        seconds = {
            state: sum((one.end - one.start).total_seconds() for one in intervals if one.state is state)
            for state in State
        }
        bad = seconds[State.DOWN] + seconds[State.UNREACHABLE]
        ratio = seconds[State.UP] / (seconds[State.UP] + bad)
        whole = Uptime(subject=subject, start=START, end=END, seconds=seconds, availability=ratio, intervals=intervals)
        return Row(uptime=whole, title=title, site=site, outages=int(bad > 0), longest_outage_s=bad)

    def named(name: str) -> Text:
        return Text(en=name, sw=name)

    def service(name: str, title: Text, host_name: str, certificate: Certificate | None) -> ServiceRow:
        whole = row(SubjectKind.SERVICE, name, title, "dodoma-dc")
        return ServiceRow(**dict(whole), host_name=host_name, server="web-1", certificate=certificate)

    return UptimeDocument(
        world=inventory.world.name,
        title=inventory.world.title,
        timezone=inventory.world.timezone,
        start=START,
        end=END,
        devices=tuple(row(SubjectKind.DEVICE, one.name, named(one.name), one.site) for one in inventory.devices),
        links=tuple(
            row(SubjectKind.LINK, one.name, named(one.name), inventory.device[one.a.device].site)
            for one in inventory.links
        ),
        institutions=tuple(
            row(SubjectKind.INSTITUTION, one.name, one.title, one.site) for one in inventory.institutions
        ),
        services=(
            service(
                "web-necta",
                Text(en="Web site of the Examinations Council", sw="Tovuti ya Baraza la Mitihani"),
                "www.necta.example",
                Certificate(days=99, at=blind - timedelta(seconds=2)),
            ),
            service(
                "web-mof",
                Text(en="Web site of the Ministry of Finance", sw="Tovuti ya Wizara ya Fedha"),
                "www.mof.example",
                Certificate(days=29, at=blind - timedelta(seconds=2)),
            ),
            service(
                "web-portal", Text(en="Tax portal", sw="Lango la kodi"), "a-very-long-name.of-a.portal.example", None
            ),
        ),
        outages=(
            Outage(
                number=1,
                start=cut,
                end=healed,
                cause="link rr-mbeya--dr-chunya down",
                root=(link,),
                fault=None,
                devices=("dr-chunya", "sw-chunya"),
                links=("rr-mbeya--dr-chunya",),
                institutions=("chunya-dc",),
                services=(),
                ongoing=False,
            ),
            Outage(
                number=2,
                start=cut,
                end=healed,
                cause="service web-necta down: its certificate has expired",
                root=(expired,),
                fault=Fault.EXPIRED,
                devices=(),
                links=(),
                institutions=(),
                services=("web-necta",),
                ongoing=False,
            ),
        ),
        evidence=UptimeEvidence(
            watches=(
                Watch(
                    number=1, run=1, start=START, end=blind, rounds=1680, readings=28560, answered=28260, probes=13440,
                    probes_answered=13290, services=5040, services_answered=4890,
                ),
            ),
            watched_s=56 * 60,
            off_s=4 * 60,
            rounds=1680,
            readings=28560,
            answered=28260,
            probes=13440,
            probes_answered=13290,
            services=5040,
            services_answered=4890,
            maintenance=(
                Maintenance(
                    subject=Subject(kind=SubjectKind.INSTITUTION, name="necta"),
                    start=START,
                    end=cut,
                    reason="New cabling in the server room",
                    person="Asha Mrema",
                    recorded=START - timedelta(hours=3),
                ),
            ),
            samples=(DaySamples(day="2026-11-23", readings=28560, probes=13440, services=5040, digest=DIGEST),),
            inventory_digest=DIGEST,
            intervals_digest=DIGEST,
        ),
    )  # fmt: skip


BANNER = PartDiff(
    part="banner",
    lines=(
        DiffLine(sign="-", text="Debian GNU/Linux 12"),
        DiffLine(sign="+", text="Government network. Authorised use only; every action is recorded."),
    ),
)
FILTER = PartDiff(
    part="frr",
    lines=(
        DiffLine(sign=" ", text="router bgp 64512"),
        DiffLine(sign=" ", text=" address-family ipv4 unicast"),
        DiffLine(sign="-", text="  neighbor 192.0.2.1 prefix-list from-upstream in", effects=(Effect.FILTER_LOOSENED,)),
        DiffLine(sign="+", text="  neighbor 192.0.2.1 password <bgp-upstream#0123456789abcdef>"),
    ),
)


def step(number: int, target: str, site: str, wave: int, *parts: PartDiff) -> Step:
    diff = Diff(parts=parts)
    return Step(
        id=f"{target}-{number}",
        target=target,
        plane="network",
        site=site,
        base=Read(fingerprint=DIGEST),
        payload="payload",
        inverse="inverse",
        result=DIGEST,
        diff=diff,
        effects=diff.effects,
        risk=Risk(
            level=Level.HIGH if diff.effects else Level.LOW,
            reasons=(
                Reason(
                    guard="filter-loosened",
                    says="a filter, route policy or ACL lets more through",
                    line="frr: - neighbor 192.0.2.1 prefix-list from-upstream in",
                ),
            )
            if diff.effects
            else (),
        ),
        intent=DIGEST,
        strength=RevertStrength.TIMED,
        hold_s=4,
        timer_s=13,
        apart=("core-2-2",) if target == "core-1" else (),
        distance=2 + wave,
        probes=(Probe(kind="ping", subject="10.255.0.1", expect="answers"),),
        wave=wave,
    )


def plan(*steps: Step) -> Plan:
    return Plan(
        created="2026-11-23T03:00:00Z",
        expires="2026-11-24T03:00:00Z",
        author="Asha Mrema",
        reason="Filters and banners of November",
        selector="all",
        source=Source(world="demo", inventory=DIGEST, commit="fd47" * 10),
        steps=steps,
    )


def demo_plan() -> Plan:
    """Three routers get one banner; a core router loses a filter in the second wave."""
    return plan(
        step(1, "dr-kyela", "kyela", 0, BANNER),
        step(1, "dr-rungwe", "rungwe", 0, BANNER),
        step(1, "dr-chunya", "chunya", 0, BANNER),
        step(1, "core-1", "dodoma-dc", 1, BANNER, FILTER),
    )


def plan_report() -> PlanDocument:
    """The same, and three routers whose interfaces change alike but for addresses; institutions stand behind two."""
    behind = {"dr-karatu": ("karatu-dc",), "dr-monduli": ("monduli-dc", "necta")}
    more = (
        step(2, target, site, 2, renumbered(number)).model_copy(
            update={"standing": Standing(institutions=behind.get(target, ())), "together": "dr-karatu--rr-arusha"}
        )
        for number, (target, site) in enumerate(
            (("dr-karatu", "karatu"), ("dr-monduli", "monduli"), ("rr-arusha", "arusha"))
        )
    )
    made = demo_plan()
    stack = step(3, "stack-dodoma", "dodoma-dc", 3, BANNER).model_copy(update={"strength": RevertStrength.MANUAL})
    return plan_document(made.model_copy(update={"steps": (*made.steps, *more, stack)}), demo(), NOW)


NOW = Now(
    at="2026-11-23T04:00:00Z",
    windows=(
        WaveWindow(waves=(1, 2), names=("morning",), closes="2026-11-23T05:00:00Z"),
        WaveWindow(waves=(3,), why="frozen: exams (Examination results)", opens="2026-11-24T19:00:00Z"),
        WaveWindow(waves=(4,), why="no change window is open"),
    ),
    approvals=Approvals(
        signed=(
            Counted(
                person="juma",
                role=TrustRole.REVIEWER,
                at="2026-11-23T03:50:00Z",
                reason="Read line by line",
                key="ssh-ed25519 AAAAjuma",
                statement=DIGEST,
                signature=DIGEST,
            ),
        ),
        missing={TrustRole.REVIEWER: 1, TrustRole.SECURITY: 2},
        problems=("its author asha has not signed it",),
        set_aside=("neema: is signed with a revoked key",),
        broken_glass=False,
    ),
)


def renumbered(number: int) -> PartDiff:
    return PartDiff(
        part="frr",
        lines=(
            DiffLine(sign=" ", text="interface eth1"),
            DiffLine(sign="-", text=f" ip address 10.254.1.{number}/31", effects=(Effect.MANAGEMENT_PATH,)),
            DiffLine(sign="+", text=f" ip address 10.254.2.{number}/31", effects=(Effect.MANAGEMENT_PATH,)),
            DiffLine(
                sign="+",
                text=f" ip ospf message-digest-key 1 md5 <ospf-{('karatu', 'monduli', 'arusha')[number]}#ab01>",
            ),
        ),
    )


TRUST = Trust(
    charter=Charter(version=1, serial=7),
    people=tuple(
        Person(
            name=name,
            title=title,
            roles=(role,),
            keys=(
                Key(
                    public=f"ssh-ed25519 AAAA{name}",
                    valid_from="2026-01-01T00:00:00Z",
                    valid_until="2028-01-01T00:00:00Z",
                ),
            ),
        )
        for name, title, role in (
            ("juma", "Juma Example, network operations", TrustRole.REVIEWER),
            ("neema", "Neema Example, shift lead", TrustRole.BREAK_GLASS),
        )
    ),
    policy=(Policy(name="every-change", needs=(Need(role=TrustRole.REVIEWER, signatures=1),)),),
)
TRUST_TEXT = canonical(TRUST).decode()
ARMOUR = "-----BEGIN SSH SIGNATURE-----\nonly pretended\n-----END SSH SIGNATURE-----\n"


def signers(of: Plan, outcome: Outcome) -> tuple[tuple[str, Statement], ...]:
    """A reviewer signs what is confirmed; what is reverted was approved by break-glass alone."""
    name, role, event = {
        Outcome.CONFIRMED: ("juma", TrustRole.REVIEWER, "approved"),
        Outcome.REVERTED: ("neema", TrustRole.BREAK_GLASS, "break-glass"),
    }[outcome]
    statement = Statement(
        plan=digest(of),
        rehearsal=None,
        trust=TRUST.digest,
        person=name,
        role=role,
        at="2026-11-23T03:04:00Z",
        reason="Read line by line",
        targets=tuple(sorted({one.target for one in of.steps})),
    )
    return ((event, statement),)


def told(one: Statement) -> str:
    digests = f"statement {one.digest}, signature {digest_of(ARMOUR.encode())}, trust {TRUST.digest}"
    return f"{one.person} as {one.role}: {one.reason}; {digests}"


def lived(*plans: tuple[Plan, Outcome, str]) -> Gathered:
    """A journal of these plans, one after the other: every step armed and tried, then ended as told."""
    ended = {
        Outcome.CONFIRMED: ("verified", "confirming", "confirmed"),
        Outcome.REVERTED: ("failed", "reverting", "reverted"),
    }
    moments = (f"2026-11-23T03:{5 + second // 60:02}:{second % 60:02}.250Z" for second in range(600))
    entries: list[JournalEntry] = []

    def write(event: str, of: Plan | None, one: Step | None, detail: str = "", result: Outcome | None = None) -> None:
        entry = JournalEntry(
            number=1 + len(entries),
            at=next(moments),
            event=event,
            plan=digest(of) if of else None,
            step=one.id if one else None,
            target=one.target if one else None,
            outcome=result,
            detail=detail,
            previous=entries[-1].digest if entries else GENESIS,
            digest=GENESIS,
        )
        entries.append(entry.model_copy(update={"digest": entry_digest(entry)}))

    signed: dict[str, list[SignedPaper]] = {}
    calendars: dict[str, tuple[KeptCalendar, ...]] = {}
    for of, outcome, reason in plans:
        write("plan-opened", of, None, f"{of.author}: {of.reason}")
        for event, one in signers(of, outcome):
            write(event, of, None, told(one))
            paper = SignedPaper(
                entry=entries[-1].number,
                event=event,
                statement=one.payload.decode(),
                signature=ARMOUR,
                trust=TRUST_TEXT,
            )
            signed.setdefault(digest(of), []).append(paper)
        write("calendar", of, None, digest_of(CALENDAR.encode()))
        calendars[digest(of)] = (KeptCalendar(entry=entries[-1].number, calendar=CALENDAR),)
        for one in of.steps:
            write("window", of, one, "always: always open")
            write("checked", of, one, "reads as its base")
            for probe in one.probes:
                write("probe-result", of, one, f"{probe.kind} {probe.subject}: as expected: 0.4 ms")
            for event in ("intent", "armed", "trying", "tried", "holding", *ended[outcome]):
                write(event, of, one, reason if event == "failed" else "")
            write("outcome", of, one, reason, outcome)
        write("plan-closed", of, None, "exit status 0")
        write("head-kept", None, None)
    head = Head(number=entries[-1].number, digest=entries[-1].digest)
    mine = ((of, tuple(entry for entry in entries if entry.plan == digest(of))) for of, _, _ in plans)
    return Gathered(
        changes=tuple(
            evidence_of(of, own, tuple(signed[digest(of)]), calendars[digest(of)], head, ()) for of, own in mine
        ),
        others=tuple(entry for entry in entries if entry.plan is None),
    )


def change() -> ChangeDocument:
    """Two changes: one confirmed, one that took itself back; and a log and a capture that were kept with them."""
    bad = plan(step(9, "dr-kyela", "kyela", 0, FILTER)).model_copy(update={"reason": "A wrong OSPF key"})
    lost = "dr-kyela did not answer over a new connection within 3 s"
    return change_document(
        demo(),
        lived((demo_plan(), Outcome.CONFIRMED, ""), (bad, Outcome.REVERTED, lost)),
        (
            Attachment(name="web-sites-asked.log", octets=65_432, lines=1_234, digest=DIGEST),
            Attachment(name="captures/dr-kyela.pcap", octets=1_048_576, lines=None, digest=GENESIS),
        ),
    )
