"""The part kind `interfaces`: /etc/network/interfaces, kept by ifupdown2 (interfaces(5), ifreload(8)).

On a router every stanza says `address-purge no`, since its addresses belong to FRR; `ifquery --check` would call them
wrong, so it judges only boxes without that line. It sees no attribute of Open vSwitch: those are asked of ovs-vsctl(8).
"""

from __future__ import annotations

import json
import re

from change.latch.part import Failed, Look, Part
from network.box.bound import bind, live_text, mark, unbind
from network.box.part import ask, must

NOT_OURS = re.compile(r"^\s+address-purge no\s*$", re.MULTILINE)


class Interfaces:
    def look(self, part: Part) -> Look:
        text = live_text(part)
        facts = {"links": links(), "ports": ports(), "addresses": [] if NOT_OURS.search(text) else addresses()}
        return Look(text, part.text, json.dumps(facts, sort_keys=True))

    def try_(self, part: Part) -> None:
        bind(part)
        must("ifreload", "-a")

    def check(self, part: Part) -> None:
        if not NOT_OURS.search(part.text) and ask("ifquery", "--check", "-a").status != 0:
            raise Failed("`ifquery --check -a` says that an interface is not as its stanza")
        stanza_ports = wanted_ports(part.text)
        if stanza_ports and stanza_ports != ports():
            raise Failed("a port of Open vSwitch is not as its stanza")

    def revert(self, part: Part) -> None:
        """A second call does nothing where all is back: ifreload could take away what another part has put back."""
        unbind(part)
        if mark(part).exists() or self.look(part).facts != part.facts:
            must("ifreload", "-a")
            mark(part).unlink(missing_ok=True)

    def settle(self, part: Part) -> None:
        """Everything here is back when ifreload ends."""

    def release(self, part: Part) -> None:
        unbind(part)
        mark(part).unlink(missing_ok=True)


def links() -> list[str]:
    return sorted(row["ifname"] for row in json.loads(must("ip", "-json", "link", "show")))


def addresses() -> list[str]:
    """`interface address/length` of every address but the link-local ones, which follow from hardware addresses."""
    rows = json.loads(must("ip", "-json", "address", "show"))
    found = ((row["ifname"], item) for row in rows for item in row.get("addr_info", ()) if item["scope"] != "link")
    return sorted(f"{name} {item['local']}/{item['prefixlen']}" for name, item in found)


def ports() -> dict[str, str]:
    """Open vSwitch's ports by name, each as `mode=... tag=... trunks=...`; none where there is no such switch."""
    said = ask("ovs-vsctl", "--timeout=10", "--format=json", "--columns=name,vlan_mode,tag,trunks", "list", "Port")
    if said.status != 0:
        return {}
    rows = json.loads(said.out)["data"]
    return {name: f"mode={one(mode)} tag={one(tag)} trunks={one(trunks)}" for name, mode, tag, trunks in rows}


def one(cell: object) -> str:
    """A cell of OVSDB's JSON (RFC 7047, 5.1): an atom, or ["set", [atoms]]."""
    atoms = cell[1] if isinstance(cell, list) else [cell]
    return ",".join(str(atom) for atom in sorted(atoms))


def wanted_ports(text: str) -> dict[str, str]:
    """What `ports` must say of this interfaces file: every bridge has a port of its own name beside its members."""
    found: dict[str, str] = {}
    for stanza in re.split(r"^(?=auto |iface )", text, flags=re.MULTILINE):
        if not (named := re.match(r"iface (\S+)", stanza)) or not re.search(r"^\s+ovs-type ", stanza, re.MULTILINE):
            continue
        options = dict(re.findall(r"\b(vlan_mode|tag|trunks)=(\S+)", stanza))
        trunks = ",".join(map(str, sorted(int(vlan) for vlan in options.get("trunks", "").split(",") if vlan)))
        found[named[1]] = f"mode={options.get('vlan_mode', '')} tag={options.get('tag', '')} trunks={trunks}"
    return found
