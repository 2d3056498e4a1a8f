"""One device of the demonstration world whose box is a real sshd with a pretended latch behind it."""

from __future__ import annotations

import json
from collections.abc import Collection

import pytest

from change import latch_client, plan
from change.model import Step
from change.target import TargetError
from inventory.model import Device, Inventory
from network import redact
from network.config import Config, PartName
from network.distance import neighbours_expected
from network.intent import intended
from network.router import RouterTarget
from network.session import Endpoint
from network.switch import SwitchTarget
from tests.network.worlds import Store, world
from tests.network_live.server import Server

PLAN = "sha256:" + "0" * 64
LATCH = """
verb=$1
cat > {folder}/asked.$verb
[ -f {folder}/answer.$verb ] && cat {folder}/answer.$verb
exit $(cat {folder}/status.$verb 2>/dev/null || echo 0)
"""


class LoginStore(Store):
    """The store of the demonstration world, whose login key is the one that the server knows."""

    def __init__(self, login: str) -> None:
        super().__init__()
        self._login = login

    def value(self, name: str) -> str:
        return self._login if name == "login-key" else super().value(name)


class Seat:
    """One device of the demonstration world whose box is the server of this test."""

    def __init__(self, server: Server, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        demo = world("demo")
        self.server = server
        login = demo.world.login.model_copy(update={"user": server.credentials.user})
        self.inventory: Inventory = demo.model_copy(update={"world": demo.world.model_copy(update={"login": login})})
        self.device: Device = self.inventory.device[name]
        self.store = LoginStore(server.credentials.private_key)
        kind = RouterTarget if self.device.platform == "frr" else SwitchTarget
        self.target = kind(self.inventory, self.device, self.store, server.pin(server.host_key))
        server.put("govnet-latch", LATCH.format(folder=server.folder))
        monkeypatch.setattr(latch_client, "PROGRAM", str(server.programs / "govnet-latch"))
        monkeypatch.setattr(
            "network.login.Endpoint", lambda who, _, known: Endpoint(who, "127.0.0.1", known, server.port)
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

    def old(self, part: PartName, line: str) -> Config:
        """The intended configuration with one line more in a part."""
        return with_text(self.wanted, part, self.wanted.text(part) + line + "\n")


def with_text(config: Config, name: PartName, text: str) -> Config:
    """The configuration with another text of one part."""
    parts = (each.model_copy(update={"text": text}) if each.name == name else each for each in config.parts)
    return config.model_copy(update={"parts": tuple(parts)})


def unheard(what: str) -> None:
    """A box of the network announces no sub-step."""
    raise AssertionError(what)


def step_of(seat: Seat) -> Step:
    preview = seat.target.preview()
    assert preview is not None
    return plan.step_of(seat.target, preview, {seat.target.name: "step-1"}, plan.Relations())


def fault(seat: Seat, step: Step, later: Collection[str] = ()) -> str:
    """What verifying finds wrong; empty where it finds nothing."""
    try:
        seat.target.verify(step, later)
    except TargetError as problem:
        return str(problem)
    return ""


def neighbours(seat: Seat, v2: str, v3: str, peers: dict[str, str] | None = None) -> None:
    """Let vtysh know every intended OSPF neighbour in these states, and these BGP peers."""
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
    seat.server.put("vtysh", f"cat {seat.server.folder}/vtysh.out")


def bgp(seat: Seat, peers: dict[str, str]) -> None:
    neighbours(seat, "Full/-", "Full", peers)
