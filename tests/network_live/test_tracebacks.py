"""A traceback with every frame's variables, as a debugger or a crash reporter would keep it, has no secret."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from change.latch_client import Latch, LatchPart
from change.target import TargetError
from network.session import Credentials, connect
from tests.network_live.seat import PLAN, Seat, neighbours, step_of, unheard
from tests.network_live.server import LIMITS, Server, keygen
from tests.network_live.test_driver import LOST, driver_of

CANARY = "Canary0123456789"
OLD = "ip route 192.0.2.128/25 Null0"


def told(act: Callable[[], object], kind: type[Exception] = TargetError) -> str:
    """All that the traceback of what this raises can show, but for the test's own variables."""
    with pytest.raises(kind) as caught:
        act()
    found = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    own = next(at for at, frame in enumerate(found.stack) if frame.name == told.__name__)
    text = "".join(found.format())
    assert caught.value.__context__ is None and caught.value.__cause__ is None, "frames of its own would go with it"
    for frame in found.stack[: own + 2]:
        for value in (frame.locals or {}).values():
            text = text.replace(value, "")
    assert caught.value.args
    return text


def body(private_key: str) -> str:
    return private_key.splitlines()[1]


def test_of_a_login_that_fails(server: Server, tmp_path: Path) -> None:
    pinned = server.endpoint(server.pin(server.host_key))
    keygen(tmp_path / "stranger")
    stranger = Credentials(server.credentials.user, (tmp_path / "stranger").read_text(), password=CANARY)
    text = told(lambda: connect(pinned, stranger, LIMITS))
    assert CANARY not in text
    assert body(stranger.private_key) not in text
    assert CANARY not in told(lambda: connect(pinned, Credentials("root", CANARY), LIMITS))
    other = keygen(tmp_path / "other")
    changed = server.endpoint(server.pin(other))
    assert body(stranger.private_key) not in told(lambda: connect(changed, stranger, LIMITS))


def test_of_a_command_that_fails(server: Server) -> None:
    (server.folder / "live").write_text(CANARY)
    with server.session() as session:
        assert CANARY not in told(lambda: session.run(("sh", "-c", f"cat {server.folder}/live; echo no >&2; exit 1")))


@pytest.mark.parametrize("status", [3, 4, 5, 9, 127])
def test_of_a_latch_that_refuses(router: Seat, status: int) -> None:
    neighbours(router, "Full/-", "Full")
    router.lives(router.old("frr", OLD))
    step = step_of(router)
    router.answer("arm", {"error": "not now"}, status)
    assert secrets_in(told(lambda: router.target.arm(step, PLAN, 15)), router) == []
    assert secrets_in(json.dumps(router.asked("arm")), router) == ["ospf-mbeya"], "it was sent"


def test_of_a_latch_s_client_alone(router: Seat) -> None:
    part = LatchPart(name="frr", kind="frr", path="/etc/frr/frr.conf", text=CANARY, commands=(CANARY,))
    with router.server.session() as session:
        router.answer("arm", {"error": "not now"}, 3)
        assert CANARY not in told(lambda: Latch(session).arm("step-1", PLAN, 15, (part,), {}))
        router.server.put("govnet-latch", LOST)
        assert CANARY not in told(lambda: Latch(session).arm("step-1", PLAN, 15, (part,), {}))


def test_of_a_box_that_does_not_read_as_it_should(router: Seat) -> None:
    neighbours(router, "Full/-", "Full")
    router.lives(router.old("frr", OLD))
    step = step_of(router)
    assert secrets_in(told(lambda: router.target.verify(step)), router) == []
    router.lives(router.wanted)
    assert secrets_in(told(lambda: router.target.arm(step, PLAN, 15)), router) == []
    router.answer("read", {"parts": {"frr": router.store.value("ospf-mbeya")}})
    for act in (router.target.read, router.target.preview):
        assert secrets_in(told(act), router) == []
    router.answer("try", {"error": "FRR rejected it"}, 4)
    assert secrets_in(told(lambda: router.target.try_(step, unheard)), router) == []


def secrets_in(text: str, seat: Seat) -> list[str]:
    """The names of the inventory's secrets whose value is in the text."""
    values = {secret.name: seat.store.value(secret.name) for secret in seat.inventory.secrets}
    values["login-key"] = body(seat.store.value("login-key"))
    return [name for name, value in values.items() if value in text]


def test_of_the_driver(server: Server, tmp_path: Path) -> None:
    keygen(tmp_path / "stranger")
    stranger = driver_of(server, tmp_path / "stranger")
    assert body((tmp_path / "stranger").read_text()) not in told(stranger.open, Exception)
    driver = driver_of(server, server.folder / "login")
    driver.open()
    config = tmp_path / "candidate"
    config.write_text(f"router bgp 64512\n neighbor 10.0.0.1 password {CANARY}\n")
    server.put("vtysh", f"cat {config} >&2; exit 1")
    assert CANARY not in told(lambda: driver.load_replace_candidate(filename=str(config)), Exception)
    server.put("vtysh", LOST)
    assert CANARY not in told(lambda: driver.load_merge_candidate(filename=str(config)), Exception)
    driver.close()
