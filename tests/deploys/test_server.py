"""Deploys on real servers: applied, empty the second time, drifted, and back to the byte whatever cuts them short."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import pytest

from change.model import Effect, LatchState
from change.target import HostKeyRefused, TargetError
from change.undo import inverse_step
from deploys import tls
from inventory.model import DeployRole, Inventory
from inventory.sealed import Sealed
from tests.deploys.servers import Servers, account, world
from tests.deploys.state import difference, state
from tests.deploys.steps import PLAN, applied, armed, planned, silent, step_of, tried

pytestmark = pytest.mark.twin
WEB, BARE = "server-1", "server-2"
SITES = ("necta.govnet.example", "mof.govnet.example")


@pytest.fixture(scope="module")
def deployed(pair: Servers) -> Servers:
    """Both servers as the inventory wants them."""
    for name in (WEB, BARE):
        applied(pair.target(name))
    return pair


@pytest.fixture
def untouched(deployed: Servers) -> Iterator[Servers]:
    """As the test found it, the test must leave it: to the byte, and with nothing pending."""
    before = {name: state(deployed, name) for name in (WEB, BARE)}
    yield deployed
    for name in (WEB, BARE):
        assert difference(before[name], state(deployed, name)) == []
        assert deployed.target(name).preview() is None


def with_accounts(world: Inventory, *names: str) -> Inventory:
    return world.model_copy(update={"accounts": tuple(account(name, f"R{name[0]}") for name in names)})


def answer(servers: Servers, host_name: str) -> str:
    """What the site says to a browser that believes our authority alone."""
    world = servers.inventory.world
    assert world.hosting is not None
    authority = tls.Authority(world.title.en, Sealed(servers.store.value(world.hosting.ca_secret)))
    context = ssl.create_default_context(cadata=tls.authority_certificate(authority))
    address = str(servers.inventory.device[WEB].management_address)
    with (
        socket.create_connection((address, 443), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=host_name) as secure,
    ):
        secure.sendall(f"GET / HTTP/1.1\r\nHost: {host_name}\r\nConnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: secure.recv(4096), b"")).decode()


def test_applied_and_then_nothing_to_do(deployed: Servers) -> None:
    for name in (WEB, BARE):
        assert deployed.target(name).preview() is None
    for site in SITES:
        said = answer(deployed, site)
        assert said.startswith("HTTP/1.1 200") and said.endswith(f"Web site of {site.partition('.')[0]}\n")


def test_the_file_that_somebody_edited_is_drift_with_its_diff(untouched: Servers) -> None:
    untouched.sh(WEB, "sed -i 's/MaxAuthTries 3/MaxAuthTries 99/' /etc/ssh/sshd_config.d/govnet.conf")
    preview = untouched.target(WEB).preview()
    assert preview is not None
    part = next(part for part in preview.diff.parts if part.part == "/etc/ssh/sshd_config.d/govnet.conf")
    assert [(line.sign, line.text) for line in part.lines if line.sign != " "] == [
        ("-", "MaxAuthTries 99"),
        ("+", "MaxAuthTries 3"),
    ]
    assert set(preview.diff.effects) == {Effect.AUTHENTICATION_CHANGED, Effect.MANAGEMENT_PATH}
    applied(untouched.target(WEB))


def test_nobody_confirms_and_it_goes_back_by_itself(untouched: Servers) -> None:
    changed = untouched.with_world(with_accounts(untouched.inventory, "asha", "neema"))
    step = tried(changed.target(BARE), 45)  # outlives the try and the two looks on a busy host too
    assert "neema" in untouched.sh(BARE, "cat /etc/passwd")
    assert changed.target(BARE).inspect(step).state is LatchState.TRIED
    untouched.until(BARE, "! grep -q neema /etc/passwd && ! test -e /var/lib/govnet-latch/step.json", 120)
    assert changed.target(BARE).inspect(step).state is LatchState.REVERTED


@pytest.mark.prove
def test_the_power_fails_while_it_is_tried(untouched: Servers) -> None:
    changed = untouched.with_world(with_accounts(untouched.inventory, "asha", "neema"))
    step = tried(changed.target(BARE))
    untouched.power_cut(BARE)
    assert changed.target(BARE).inspect(step).state is LatchState.REVERTED


def test_what_leaves_the_inventory_is_removed(deployed: Servers) -> None:
    left = with_accounts(deployed.inventory, "juma")
    left = left.model_copy(update={"services": left.services[:1]})
    changed = deployed.with_world(left)
    deployed.sh(WEB, "setsid runuser -u asha -- sleep 3600 >/dev/null 2>&1 &")
    deployed.until(WEB, "pgrep -u asha sleep")
    preview = changed.target(WEB).preview()
    assert preview is not None
    assert {Effect.ACCOUNT_CHANGED, Effect.DATA_DELETED} <= set(preview.diff.effects)
    applied(changed.target(WEB))
    assert changed.target(WEB).preview() is None
    accounts = deployed.sh(WEB, "cut -d: -f1 /etc/passwd").split()
    assert "juma" in accounts and not {"asha", "site-web-mof"} & set(accounts)
    folders = "/etc/ssh/authorized_keys.d /srv/www /etc/nginx/govnet.d /etc/nginx/govnet-tls"
    assert deployed.sh(WEB, f"ls {folders}").split() == [
        "/etc/nginx/govnet-tls:", "web-necta.key", "web-necta.pem",
        "/etc/nginx/govnet.d:", "web-necta.conf",
        "/etc/ssh/authorized_keys.d:", "juma", "root",
        "/srv/www:", "web-necta",
    ]  # fmt: skip
    assert deployed.sh(WEB, "stat --format='%U %a' /home/asha").strip() == "root 700"
    assert deployed.sh(WEB, "pgrep -f '^sleep 3600' || true") == ""
    applied(deployed.target(WEB))


def test_a_role_that_leaves_takes_its_sites_and_keys_with_it(deployed: Servers) -> None:
    changed = deployed.with_world(world((DeployRole.BASE,), (DeployRole.BASE,)))
    before = state(deployed, WEB)
    step = tried(changed.target(WEB))
    assert Effect.DATA_DELETED in step.effects
    changed.target(WEB).revert(step, silent)
    assert difference(before, state(deployed, WEB)) == []
    for site in SITES:
        assert answer(deployed, site).startswith("HTTP/1.1 200")
    applied(changed.target(WEB))
    assert changed.target(WEB).preview() is None
    assert deployed.sh(WEB, "ls /srv/www; ls -d /etc/nginx/govnet* || true") == ""
    assert deployed.sh(WEB, "systemctl is-active nginx; systemctl is-enabled nginx || true").split() == [
        "inactive", "disabled",
    ]  # fmt: skip
    assert "site-web" not in deployed.sh(WEB, "cat /etc/passwd")
    applied(deployed.target(WEB))


@pytest.mark.prove
def test_the_inverse_puts_a_confirmed_step_back(untouched: Servers) -> None:
    changed = untouched.with_world(with_accounts(untouched.inventory, "asha", "neema"))
    target = changed.target(BARE)
    step = applied(target)
    back = inverse_step(step, 1)
    target.arm(back, PLAN, back.timer_s)
    target.try_(back, silent)
    target.verify(back)
    target.confirm(back)
    assert target.inspect(back).state is LatchState.CONFIRMED
    assert "neema" not in untouched.sh(BARE, "cat /etc/passwd")


def test_changed_facts_refuse_the_step(untouched: Servers) -> None:
    changed = untouched.with_world(with_accounts(untouched.inventory, "asha", "neema"))
    target = changed.target(BARE)
    step = planned(target)
    untouched.sh(BARE, "echo changed >> /etc/issue.net")
    with pytest.raises(TargetError, match="no longer as the plan was made for"):
        target.arm(step, PLAN, step.timer_s)
    assert target.inspect(step).state is LatchState.ABSENT
    applied(untouched.target(BARE))


def test_a_broken_nginx_file_is_refused_and_the_sites_answer(untouched: Servers) -> None:
    preview = None
    broken = untouched.inventory.services[0].model_copy(update={"host_name": "bro{ken"})
    services = (broken, *untouched.inventory.services[1:])
    target = untouched.with_world(untouched.inventory.model_copy(update={"services": services})).target(WEB)
    preview = target.preview()
    assert preview is not None
    step = step_of(target, preview)
    target.arm(step, PLAN, step.timer_s)
    with pytest.raises(TargetError, match="Test nginx"):
        target.try_(step, silent)
    assert target.inspect(step).state is LatchState.REVERTED
    for site in SITES:
        assert answer(untouched, site).startswith("HTTP/1.1 200")


@pytest.mark.prove
def test_a_site_that_does_not_answer_is_not_confirmed(untouched: Servers) -> None:
    changed = untouched.with_world(with_accounts(untouched.inventory, "asha", "neema"))
    target = changed.target(WEB)
    step = tried(target)
    target.verify(step)
    untouched.sh(WEB, "systemctl kill --signal=STOP nginx.service")
    with pytest.raises(TargetError, match=r"necta\.govnet\.example does not answer"):
        target.verify(step)
    untouched.sh(WEB, "systemctl kill --signal=CONT nginx.service")
    target.revert(step, silent)


def test_another_host_key_is_refused(deployed: Servers) -> None:
    text = deployed.known_hosts.read_text()
    first, second = (line.split() for line in text.splitlines())
    deployed.known_hosts.write_text(f"{first[0]} {second[1]} {second[2]}\n{second[0]} {first[1]} {first[2]}\n")
    try:
        with pytest.raises(HostKeyRefused, match="no credential was sent"):
            deployed.target(BARE).read()
    finally:
        deployed.known_hosts.write_text(text)


@pytest.mark.prove
def test_asked_to_revert_before_it_was_tried(untouched: Servers) -> None:
    changed = untouched.with_world(with_accounts(untouched.inventory, "asha", "neema"))
    step = armed(changed.target(BARE))
    changed.target(BARE).revert(step, silent)
    assert changed.target(BARE).inspect(step).state is LatchState.REVERTED
