"""Law 4 both ways, on machines: a plan and its inverse through the latch, and what a change leaves in force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from inventory.load import load
from inventory.model import Device, Inventory
from inventory.secrets import Secrets
from lab import twin
from network.config import Config, Part, PartName
from network.day0 import day0
from network.intent import intended
from network.observe import checked
from network.switch import check_faults, stanzas
from tests.lab.cut import DEMO, cut, store
from tests.network_live.boxes import LiveBox

pytestmark = pytest.mark.twin
NAMES = ("core-1", "isp-1", "sw-dodoma", "jump-1", "rr-mbeya", "dr-chunya", "sw-chunya")
LEAVING = "chunya-dc"


def world() -> Inventory:
    """A core with its upstream, two institutions and a switch; a district with one, behind its region."""
    return cut(load(DEMO), NAMES)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[twin.Twin, Secrets]]:
    state = tmp_path_factory.mktemp("back")
    inventory = world()
    secrets = store(state, inventory)
    yield twin.up(inventory, secrets, state, lambda _: None), secrets
    twin.down(state, lambda _: None)


def box(lab: tuple[twin.Twin, Secrets], name: str) -> LiveBox:
    inventory = world()
    return LiveBox(lab[0], inventory, lab[1], inventory.device[name])


def wanted(at: LiveBox) -> Config:
    return intended(at.inventory, at.device, at.secrets)


def edited(config: Config, part: PartName, old: str, new: str) -> Config:
    assert old in config.text(part)
    parts = tuple(
        Part(name=each.name, text=each.text.replace(old, new) if each.name == part else each.text)
        for each in config.parts
    )
    return config.model_copy(update={"parts": parts})


def without(inventory: Inventory, institution: str) -> Inventory:
    """The inventory on the day after it left: no VLAN, no port, no gateway."""
    left = next(each for each in inventory.institutions if each.name == institution)
    vlans = tuple(vlan for vlan in inventory.vlans if vlan.institution != institution)

    def cleared(device: Device) -> Device:
        kept = tuple(port for port in device.interfaces if port.vlan != left.vlan or device.site != left.site)
        return device.model_copy(update={"interfaces": kept})

    fields = {name: getattr(inventory, name) for name in type(inventory).model_fields}
    rest = tuple(each for each in inventory.institutions if each.name != institution)
    devices = tuple(map(cleared, inventory.devices))
    return type(inventory)(**{**fields, "devices": devices, "vlans": vlans, "institutions": rest})


@pytest.mark.parametrize("name", ["core-1", "sw-chunya"])
def test_the_first_plan_and_its_inverse_and_again(lab: tuple[twin.Twin, Secrets], name: str) -> None:
    at = box(lab, name)
    first = day0(at.inventory, at.device, at.secrets)
    assert at.config() == first
    facts = at.facts()
    at.led(wanted(at))
    full = at.facts()
    at.led(first)
    assert at.facts() == facts
    at.led(wanted(at))
    assert at.facts() == full


@pytest.mark.parametrize("name", ["sw-chunya", "sw-dodoma"])
def test_every_stanza_of_a_switch_is_checked_and_passes(lab: tuple[twin.Twin, Secrets], name: str) -> None:
    """What judges a switch names every one of its stanzas, and says of none that it is unknown."""
    at = box(lab, name)
    at.led(wanted(at))
    checks = checked(at.sh("ifquery --check -a -o json"))
    assert list(check_faults(stanzas(wanted(at).text("interfaces")), checks)) == []


def test_a_plan_and_an_inverse_that_are_not_confirmed(lab: tuple[twin.Twin, Secrets]) -> None:
    """Ports come or go with their addresses; FRR gives those back with its ports, and goes on running."""
    at = box(lab, "core-1")
    full, first = wanted(at), day0(at.inventory, at.device, at.secrets)
    for here, there in ((full, first), (first, full)):
        at.led(here)
        before, running = at.facts(), at.sh("pidof zebra")
        step, answer = at.tried(there)
        assert answer.status == 0, answer
        assert at.facts() != before
        assert at.latch("revert", {"step": step}).document["state"] == "reverted"
        assert (at.config(), at.facts(), at.sh("pidof zebra")) == (here, before, running)


@pytest.mark.parametrize("name", ["dr-chunya", "sw-chunya"])
def test_an_institution_leaves_its_district_and_comes_back(lab: tuple[twin.Twin, Secrets], name: str) -> None:
    at = box(lab, name)
    at.led(wanted(at))
    facts = at.facts()
    smaller = without(at.inventory, LEAVING)
    left = intended(smaller, smaller.device[name], at.secrets)
    assert "110" not in left.text("interfaces") and "110" in wanted(at).text("interfaces")
    at.led(left)
    assert not any(LEAVING in text or "v110" in text for text in (*at.texts().values(), *at.facts()))
    at.led(wanted(at))
    assert at.facts() == facts


def has(family: str, prefix: str) -> str:
    return f"""vtysh -c "show bgp {family} unicast {prefix} json" | grep -q '"'"'"pathCount"\\|"paths"'"'"'"""


@pytest.mark.parametrize(
    ("rule", "where", "prefix"),
    [
        ("ip prefix-list default seq 10 permit 0.0.0.0/0", "core-1", "0.0.0.0/0"),
        ("ipv6 prefix-list default seq 10 permit ::/0", "core-1", "::/0"),
        ("ip prefix-list aggregates seq 10 permit 10.20.0.0/16", "isp-1", "10.20.0.0/16"),
    ],
)
def test_a_permit_that_is_withdrawn_withdraws_the_route(
    lab: tuple[twin.Twin, Secrets], rule: str, where: str, prefix: str
) -> None:
    """And a revert brings it back: FRR judges routes that it has anew."""
    at, seen = box(lab, "core-1"), box(lab, where)
    at.led(wanted(at))
    family = "ipv6" if ":" in prefix else "ipv4"
    seen.waited_for(has(family, prefix))
    step, answer = at.tried(edited(wanted(at), "frr", rule, rule.replace("permit", "deny")))
    assert answer.status == 0, answer
    seen.waited_for(f"! {has(family, prefix)}", 3.0)
    assert at.latch("revert", {"step": step}).status == 0
    seen.waited_for(has(family, prefix), 3.0)


class Rotated:
    """The store after the SNMP secrets were changed."""

    def __init__(self, before: Secrets) -> None:
        self._before = before

    def value(self, name: str) -> str:
        value = self._before.value(name)
        return value[::-1] if name.startswith("snmp-") else value

    def tag(self, name: str) -> str:
        return self._before.redact(self.value(name)).replace("<unknown#", f"<{name}#")

    def redact(self, value: str) -> str:
        again = next((name for name in ("snmp-auth", "snmp-priv") if self.value(name) == value), None)
        return self.tag(again) if again else self._before.redact(value)


def answers(at: LiveBox) -> bool:
    """Whether snmpd takes the keys of this box's secrets."""
    keys = f"-a SHA-256 -A {at.secrets.value('snmp-auth')} -x AES -X {at.secrets.value('snmp-priv')}"
    get = f"snmpget -v3 -l authPriv -u govnet {keys} -r 3 -t 1 127.0.0.1 1.3.6.1.2.1.1.5.0"
    return at.device.name in at.sh(f"{get} 2>/dev/null || true")


@pytest.mark.parametrize("name", ["dr-chunya", "sw-chunya"])
def test_snmpd_knows_the_keys_of_its_part_and_no_others(lab: tuple[twin.Twin, Secrets], name: str) -> None:
    old = box(lab, name)
    new = replace(old, secrets=Rotated(old.secrets))
    old.led(wanted(old))
    assert (answers(old), answers(new)) == (True, False)
    step, answer = new.tried(wanted(new))
    assert answer.status == 0, answer
    assert (answers(old), answers(new)) == (False, True)
    assert new.latch("revert", {"step": step}).status == 0
    assert (answers(old), answers(new)) == (True, False)
    new.led(wanted(new))
    assert (answers(old), answers(new)) == (False, True)
    old.led(wanted(old))
    assert (answers(old), answers(new)) == (True, False)
