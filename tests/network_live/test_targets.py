"""Targets against a pretended latch behind a real sshd: what is read, sent, judged, and never said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from change.model import LatchState, Probe, Read, RevertStrength, Risk, Step
from change.target import HostKeyRefused, TargetError, TargetUnreachable
from inventory.load import load
from inventory.model import Device, Inventory
from network import interfaces_text, latch_client, payload, redact, tree
from network.config import Config, Part
from network.intent import intended
from network.latch_client import LatchBroken, LatchRefused, LatchReverted, text_digest
from network.router import RouterTarget
from network.session import Endpoint
from network.switch import SwitchTarget
from tests.network_live.conftest import Server

PLAN = "sha256:" + "0" * 64
LATCH = """
verb=$1
cat > {folder}/asked.$verb
[ -f {folder}/answer.$verb ] && cat {folder}/answer.$verb
exit $(cat {folder}/status.$verb 2>/dev/null || echo 0)
"""


class Store:
    """A store of three secrets, tagged plainly."""

    def __init__(self, login: str) -> None:
        self.values = {"login-key": login}

    def value(self, name: str) -> str:
        return self.values.get(name, f"value-of-{name}")

    def tag(self, name: str) -> str:
        return f"<{name}#{text_digest(self.value(name))[:16]}>"

    def redact(self, value: str) -> str:
        name = value.removeprefix("value-of-")
        return self.tag(name if name != value else "unknown")


class Seat:
    """One device of the demonstration world whose box is the server of this test."""

    def __init__(self, server: Server, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        world = load(Path("inventory/demo"))
        self.server = server
        login = world.world.login.model_copy(update={"user": server.credentials.user})
        self.inventory: Inventory = world.model_copy(update={"world": world.world.model_copy(update={"login": login})})
        self.device: Device = self.inventory.device[name]
        self.store = Store(server.credentials.private_key)
        kind = RouterTarget if self.device.platform == "frr" else SwitchTarget
        self.target = kind(self.inventory, self.device, self.store, server.pin(server.host_key))
        program = server.programs / "govnet-latch"
        program.write_text("#!/bin/sh\n" + LATCH.format(folder=server.folder))
        program.chmod(0o755)
        monkeypatch.setattr(latch_client, "PROGRAM", str(program))
        monkeypatch.setattr(
            "network.target.Endpoint", lambda who, _, known: Endpoint(who, "127.0.0.1", known, server.port)
        )

    def answer(self, verb: str, document: object, status: int = 0) -> None:
        (self.server.folder / f"answer.{verb}").write_text(json.dumps(document))
        (self.server.folder / f"status.{verb}").write_text(str(status))

    def asked(self, verb: str) -> dict[str, object]:
        found: dict[str, object] = json.loads((self.server.folder / f"asked.{verb}").read_text())
        return found

    def lives(self, config: Config) -> dict[str, str]:
        """Let the box read as this configuration, secrets in clear."""
        texts = {part.name: redact.reveal(part.name, part.text, self.store) for part in config.parts}
        self.answer("read", {"parts": texts})
        return texts

    @property
    def wanted(self) -> Config:
        return intended(self.inventory, self.device, self.store)

    def old(self, part: str, line: str) -> Config:
        """The intended configuration with one line more in a part."""
        parts = [
            Part(name=each.name, text=each.text + line + "\n") if each.name == part else each
            for each in self.wanted.parts
        ]
        return Config(device=self.device.name, platform=self.device.platform, parts=tuple(parts))


@pytest.fixture
def unheard(what: str) -> None:
    """A box of the network announces no sub-step."""
    raise AssertionError(what)


def router(server: Server, monkeypatch: pytest.MonkeyPatch) -> Seat:
    return Seat(server, "dr-rungwe", monkeypatch)


@pytest.fixture
def switch(server: Server, monkeypatch: pytest.MonkeyPatch) -> Seat:
    return Seat(server, "sw-rungwe", monkeypatch)


def step_of(seat: Seat) -> Step:
    preview = seat.target.preview()
    assert preview is not None
    return Step(
        id="step-1",
        target=seat.target.name,
        plane=seat.target.plane,
        site=seat.target.site,
        base=Read(fingerprint=preview.base),
        risk=Risk(level="low"),
        strength=RevertStrength.TIMED,
        **{
            name: getattr(preview, name)
            for name in ("payload", "inverse", "result", "diff", "effects", "intent", "hold_s", "timer_s", "probes")
        },
    )


def test_a_box_that_is_as_intended_has_no_preview(switch: Seat) -> None:
    switch.lives(switch.wanted)
    assert switch.target.preview() is None
    assert switch.target.read() == switch.target.intent() == switch.wanted.fingerprint


def test_a_preview_has_what_changes_and_the_way_back(switch: Seat) -> None:
    old = switch.old("banner", "an older line")
    switch.lives(old)
    preview = switch.target.preview()
    assert preview is not None
    assert set(json.loads(preview.payload)["parts"]) == set(json.loads(preview.inverse)["parts"]) == {"banner"}
    assert json.loads(preview.inverse)["parts"]["banner"]["text"] == old.text("banner")
    assert (preview.base, preview.result) == (old.fingerprint, switch.wanted.fingerprint)
    assert [line.text for line in preview.diff.changed] == ["an older line"]
    timers = switch.inventory.world.change
    assert preview.timer_s == preview.hold_s + timers.verify_s + timers.confirm_s + timers.margin_s


def test_secrets_are_references_in_the_plan_and_real_on_the_wire_alone(switch: Seat) -> None:
    switch.lives(switch.old("snmpd", "sysServices 72"))
    step = step_of(switch)
    assert "value-of" not in step.model_dump_json() and "<snmp-auth#" in step.payload
    switch.target.arm(step, PLAN, 13)
    asked = switch.asked("arm")
    (part,) = asked["parts"]  # type: ignore[misc]  # a list, by the wire format
    assert "value-of-snmp-auth" in part["text"] and "<" not in part["text"].replace("<<", "")
    assert (part["kind"], part["mode"], part["unit"]) == ("file", 0o600, "snmpd.service")


def test_arming_tells_the_latch_the_plan_the_timer_and_what_is_live(switch: Seat) -> None:
    texts = switch.lives(switch.old("banner", "an older line"))
    switch.target.arm(step_of(switch), PLAN, 13)
    asked = switch.asked("arm")
    assert (asked["step"], asked["plan"], asked["timer_s"]) == ("step-1", PLAN, 13)
    assert asked["base"] == {"banner": text_digest(texts["banner"])}


def test_a_box_that_has_changed_since_is_refused_and_nothing_is_armed(switch: Seat) -> None:
    switch.lives(switch.old("banner", "an older line"))
    step = step_of(switch)
    switch.lives(switch.old("banner", "a line that somebody wrote meanwhile"))
    with pytest.raises(TargetError, match="no longer as the plan was made for"):
        switch.target.arm(step, PLAN, 13)
    assert not (switch.server.folder / "asked.arm").exists()


def test_a_secret_that_was_rotated_since_is_refused(switch: Seat) -> None:
    switch.lives(switch.old("snmpd", "sysServices 72"))
    step = step_of(switch)
    changed = payload.parsed(step.payload).canonical().replace("<snmp-auth#", "<snmp-priv#")
    with pytest.raises(TargetError, match="was changed after"):
        switch.target.arm(step.model_copy(update={"payload": changed}), PLAN, 13)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(3, LatchRefused), (4, LatchReverted), (5, LatchBroken), (127, LatchRefused), (137, TargetUnreachable)],
)
def test_what_the_latch_says_is_heard(switch: Seat, status: int, kind: type[TargetError]) -> None:
    switch.lives(switch.old("banner", "an older line"))
    step = step_of(switch)
    switch.answer("try", {"state": "reverted", "error": "banner: it does not read back"}, status)
    with pytest.raises(kind) as caught:
        switch.target.try_(step, unheard)
    assert ("banner: it does not read back" in str(caught.value)) == (status in (3, 4, 5))


def test_each_verb_asks_for_its_own_step(switch: Seat) -> None:
    switch.lives(switch.old("banner", "an older line"))
    step = step_of(switch)
    switch.target.try_(step, unheard)
    switch.target.confirm(step)
    switch.target.revert(step, unheard)
    for verb in ("try", "confirm", "revert"):
        assert switch.asked(verb) == {"step": "step-1"}


def test_what_the_box_says_of_a_step(switch: Seat) -> None:
    switch.lives(switch.old("banner", "an older line"))
    step = step_of(switch)
    switch.answer("inspect", {"state": "tried", "plan": PLAN, "remaining_s": 3.5, "detail": ""})
    seen = switch.target.inspect(step)
    assert (seen.state, seen.plan, seen.remaining_s) == (LatchState.TRIED, PLAN, 3.5)
    switch.answer("inspect", {"state": "on holiday"})
    with pytest.raises(TargetError, match="form that is not known"):
        switch.target.inspect(step)


def test_a_part_that_the_latch_did_not_read_is_an_error_and_never_empty(switch: Seat) -> None:
    switch.answer("read", {"parts": {"banner": "only this\n"}})
    with pytest.raises(TargetError, match="did not read every part"):
        switch.target.read()


def test_a_box_that_does_not_read_as_the_result_fails_by_the_part_s_name(switch: Seat) -> None:
    switch.lives(switch.old("banner", "an older line"))
    with pytest.raises(TargetError, match="does not read as the plan's result: banner"):
        switch.target.verify(step_of(switch))


def test_a_change_beside_the_step_is_told_apart(switch: Seat) -> None:
    switch.lives(switch.old("banner", "an older line"))
    step = step_of(switch)
    switch.lives(switch.old("snmpd", "sysServices 72"))
    with pytest.raises(TargetError, match="a part that the step does not touch has changed"):
        switch.target.verify(step)


def test_a_switch_is_judged_by_its_ports_and_its_stanzas(switch: Seat) -> None:
    switch.lives(switch.old("banner", "an older line"))
    step = step_of(switch)
    switch.lives(switch.wanted)
    put(switch, "ifquery", 'echo \'[{"name": "eth1", "status": "fail", "config_status": {"mtu": "fail"}}]\'; exit 1')
    put(switch, "ovs-vsctl", 'echo \'{"data": [["eth1"], ["v10"]], "headings": ["name"]}\'')
    with pytest.raises(TargetError, match=r"Open vSwitch lacks eth2; eth1 is not as its stanza \(mtu\)"):
        switch.target.verify(step)
    put(switch, "ifquery", 'echo \'[{"name": "eth1", "status": "pass", "config_status": {}}]\'')
    put(switch, "ovs-vsctl", 'echo \'{"data": [["eth1"], ["eth2"], ["v10"]], "headings": ["name"]}\'')
    switch.target.verify(step)


def test_a_router_is_judged_by_its_neighbours(router: Seat) -> None:
    neighbours(router, "Full/-", "Full")
    router.lives(router.old("banner", "an older line"))
    step = step_of(router)
    router.lives(router.wanted)
    router.target.verify(step)
    neighbours(router, "Init/-", "Full")
    with pytest.raises(TargetError, match=r"OSPFv2 neighbour rr-mbeya \(10\.255\.1\.1\) on eth1 is Init, not Full"):
        router.target.verify(step)


def test_no_neighbours_at_all_is_a_failure(router: Seat) -> None:
    router.lives(router.old("banner", "an older line"))
    put(router, "vtysh", "exit 0")
    step = step_of(router)
    router.lives(router.wanted)
    with pytest.raises(TargetError, match="absent, not Full"):
        router.target.verify(step)


def test_the_way_back_is_judged_by_what_the_box_had_before(switch: Seat) -> None:
    """An inverse step leads to an earlier configuration, which has no port that only the new one has."""
    switch.lives(switch.old("banner", "an older line"))
    forward = step_of(switch)
    earlier = without_stanza(switch.wanted, "eth2")
    back = forward.model_copy(update={"result": earlier.fingerprint, "payload": forward.inverse})
    switch.lives(earlier)
    put(switch, "ifquery", 'echo \'[{"name": "eth1", "status": "pass", "config_status": {}}]\'')
    put(switch, "ovs-vsctl", 'echo \'{"data": [["eth1"], ["v10"]], "headings": ["name"]}\'')
    switch.target.verify(back)
    put(switch, "ovs-vsctl", 'echo \'{"data": [["v10"]], "headings": ["name"]}\'')
    with pytest.raises(TargetError, match="Open vSwitch lacks eth1"):
        switch.target.verify(back)


def without_stanza(config: Config, interface: str) -> Config:
    kept = [
        stanza
        for stanza in config.text("interfaces").split("\n\n")
        if f"iface {interface}\n" not in stanza and f"iface {interface} " not in stanza
    ]
    text = interfaces_text.normal("\n\n".join(kept))
    parts = [Part(name=part.name, text=text) if part.name == "interfaces" else part for part in config.parts]
    return Config(device=config.device, platform=config.platform, parts=tuple(parts))


def test_every_verify_is_a_login_of_its_own(switch: Seat) -> None:
    switch.lives(switch.old("banner", "an older line"))
    step = step_of(switch)
    before = switch.server.log.count("Accepted publickey")
    for _ in range(2):
        with pytest.raises(TargetError):
            switch.target.verify(step)
    assert switch.server.log.count("Accepted publickey") == before + 2


def test_a_wrong_host_key_is_refused_by_every_method_that_speaks(switch: Seat, tmp_path: Path) -> None:
    switch.lives(switch.old("banner", "an older line"))
    step = step_of(switch)
    (tmp_path / "none").write_text("")
    stranger = SwitchTarget(switch.inventory, switch.device, switch.store, tmp_path / "none")
    for call in (
        stranger.read,
        stranger.preview,
        lambda: stranger.arm(step, PLAN, 13),
        lambda: stranger.try_(step, unheard),
        lambda: stranger.verify(step),
        lambda: stranger.confirm(step),
        lambda: stranger.revert(step, unheard),
        lambda: stranger.inspect(step),
    ):
        with pytest.raises(HostKeyRefused):
            call()


class TestBgp:
    """Whom a core expects: depends on what stood before, and on what its far end says."""

    @pytest.fixture
    def core(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> Seat:
        return Seat(server, "core-1", monkeypatch)

    def test_sessions_that_stand_are_the_plan_s_probes(self, core: Seat) -> None:
        core.lives(core.old("banner", "an older line"))
        bgp(core, {"10.255.0.2": "Established", "192.0.2.1": "Active", "10.9.9.9": "Established"})
        assert step_of(core).probes == (Probe(kind="bgp-neighbour", subject="core-1 10.255.0.2", expect="Established"),)

    def test_a_far_end_of_a_later_wave_is_not_waited_for(self, core: Seat) -> None:
        """The pretended box is its own far end: without us among its peers, it is not configured for us."""
        step = self.step(core)
        bgp(core, {"192.0.2.1": "Established", "2001:db8:0:1::1": "Established"})
        core.target.verify(step)

    def test_a_far_end_that_is_configured_for_us_must_be_up(self, core: Seat) -> None:
        step = self.step(core)
        ups = {"192.0.2.1": "Established", "2001:db8:0:1::1": "Established"}
        bgp(core, {**ups, "10.255.0.1": "Active", "10.255.0.2": "Connect"})
        with pytest.raises(TargetError, match=r"BGP neighbour core-2 10\.255\.0\.2 is Connect"):
            core.target.verify(step)

    def test_an_upstream_must_be_up_always(self, core: Seat) -> None:
        step = self.step(core)
        bgp(core, {"192.0.2.1": "Active", "2001:db8:0:1::1": "Established"})
        with pytest.raises(TargetError, match=r"BGP neighbour isp-1 192\.0\.2\.1 is Active, not Established"):
            core.target.verify(step)

    def test_a_session_that_stood_before_must_stand_after(self, core: Seat) -> None:
        probe = Probe(kind="bgp-neighbour", subject="core-1 10.255.0.2", expect="Established")
        step = self.step(core).model_copy(update={"probes": (probe,)})
        bgp(core, {"192.0.2.1": "Established", "2001:db8:0:1::1": "Established"})
        with pytest.raises(TargetError, match=r"core-2 10\.255\.0\.2 is not configured"):
            core.target.verify(step)

    def test_a_way_back_expects_no_session_that_the_earlier_configuration_has_not(self, core: Seat) -> None:
        forward = self.step(core)
        earlier = [Part(name=part.name, text=no_bgp(part)) for part in core.wanted.parts]
        config = Config(device="core-1", platform=core.device.platform, parts=tuple(earlier))
        core.lives(config)
        bgp(core, {})
        core.target.verify(forward.model_copy(update={"result": config.fingerprint}))

    def step(self, core: Seat) -> Step:
        core.lives(core.old("banner", "an older line"))
        bgp(core, {})
        step = step_of(core)
        core.lives(core.wanted)
        return step


def no_bgp(part: Part) -> str:
    root = tree.parse(part.text)
    sections = tuple(section for section in root.sections if not section.header.startswith("router bgp"))
    return tree.text(tree.Section("", root.lines, sections)) if part.name == "frr" else part.text


def put(seat: Seat, program: str, script: str) -> None:
    path = seat.server.programs / program
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def neighbours(seat: Seat, v2: str, v3: str, peers: dict[str, str] | None = None) -> None:
    """Let vtysh know every intended OSPF neighbour in these states, and these BGP peers."""
    from network.distance import neighbours_expected

    expected = neighbours_expected(seat.inventory, seat.device)
    two = {str(each.router_id): [{"nbrState": v2, "ifaceName": f"{each.interface}:10.0.0.1"}] for each in expected.ospf}
    three = [
        {"neighborId": str(each.router_id), "state": v3, "interfaceName": each.interface} for each in expected.ospf6
    ]
    said = {address: {"remoteAs": 64512, "state": state} for address, state in (peers or {}).items()}
    answers = {
        "show ip ospf neighbor json": {"neighbors": two},
        "show ipv6 ospf6 neighbor json": {"neighbors": three},
        "show bgp summary json": {"ipv4Unicast": {"peers": said}},
    }
    lines = "".join(f"r1# {command}\n{json.dumps(answer)}\n" for command, answer in answers.items())
    (seat.server.folder / "vtysh.out").write_text(lines)
    put(seat, "vtysh", f"cat {seat.server.folder}/vtysh.out")


def bgp(seat: Seat, peers: dict[str, str]) -> None:
    neighbours(seat, "Full/-", "Full", peers)
