"""The part kind `frr`: the running configuration of FRRouting 8.4, tried through vtysh, undone through frr-reload.py.

The form in which texts are compared is the canonical text of network/tree.py, which stands on the box too. Secrets
reach vtysh through a nameless file in memory, never an argument. `frr-reload.py --reload` is never used: it writes
frr.conf, and secrets into a log; `--test` prints to us alone, and is not believed when its status is not 0.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

from change.latch.part import Failed, Look, Part
from network.box.interfaces import addresses, links
from network.box.part import ask, must, private_file, restart
from network.tree import Section, normal, parse

PASSES = 3
RESTART_S = 30.0
SETTLE_S = 5.0
GONE_S = 10.0
ADDRESS_S = 5.0
POLL_S = 0.1
FILTERS = ("ip prefix-list ", "ipv6 prefix-list ", "access-list ", "ipv6 access-list ", "bgp ")
APPLIED = re.compile(r"neighbor \S+ (prefix-list|route-map|filter-list|distribute-list) .*")
ASK_AGAIN = tuple(f"clear bgp {family} unicast * soft {way}" for family in ("ipv4", "ipv6") for way in ("in", "out"))
DELETED = re.compile(r"no interface (\S+)")
TITLES = re.compile(r"Lines To (Delete|Add)|=+|\s*")
WORDY = re.compile(r"^(\s*no (?:ip(?:v6)? prefix-list \S+ )?description) .*")
"""Where FRR refuses the `no` that frr-reload.py gives it; what stays behind would mean a restart of FRR."""


class Frr:
    def look(self, part: Part) -> Look:
        return Look(running(), normal(part.text), json.dumps(addresses()))

    def try_(self, part: Part) -> None:
        """A `no` that a daemon refuses is for the read-back to judge: what a removed port took with it is gone."""
        gone = [found[1] for line in part.commands if (found := DELETED.fullmatch(line))]
        if not until(lambda: not any(map(active, gone)), GONE_S):
            raise Failed(f"zebra still has {', '.join(filter(active, gone))}")
        with private_file("".join(f"{line}\n" for line in part.commands)) as name:
            said = ask("vtysh", "-f", name)
        refused = rejected(said.out + said.err)
        wrong = [number for number, known in refused.items() if not (known and is_removal(part.commands[number - 1]))]
        if wrong:
            raise Failed(f"FRR rejected line {', '.join(map(str, wrong))} of {len(part.commands)} lines")
        if said.status < 0 or (said.status > 0 and not refused):
            raise Failed(f"vtysh ended with status {said.status}")
        judge_routes_again(part, part.text)

    def check(self, part: Part) -> None:
        """The addresses that it configures are in the kernel: another part may have taken them away."""
        if not until(lambda: missing_addresses(part.text) == [], ADDRESS_S):
            raise Failed(f"the kernel lacks {', '.join(missing_addresses(part.text))}")

    def revert(self, part: Part) -> None:
        """As far as it goes now: addresses need their interfaces back, and FRR deletes none that the kernel has."""
        if not reads_as_before(part):
            go_back(part)

    def settle(self, part: Part) -> None:
        if not until(lambda: reads_as_before(part) or go_back(part), SETTLE_S):
            if normal(Path(part.path).read_text()) == part.pre:
                restart("frr")
            if not until(lambda: reads_as_before(part) or go_back(part), RESTART_S):
                raise Failed("the running configuration is not as before")
        judge_routes_again(part, part.pre)
        wanted = json.loads(part.facts)
        if not until(lambda: addresses() == wanted or put_addresses_back(wanted), SETTLE_S):
            raise Failed("an address of the kernel is not as before")

    def release(self, part: Part) -> None:
        """Nothing lies over frr.conf."""


def running() -> str:
    """Raises Failed where no daemon answers. A daemon that is down is missing in the text."""
    return normal(must("vtysh", "-c", "show running-config no-header"))


def active(interface: str) -> bool:
    """Zebra believes that the kernel has it. What the kernel lost, zebra hears of a moment later."""
    said = json.loads(must("vtysh", "-c", f"show interface {interface} json"))
    return interface in said and not said[interface].get("pseudoInterface", False)


def reads_as_before(part: Part) -> bool:
    try:
        return running() == part.pre
    except Failed:
        return False


def go_back(part: Part) -> bool:
    """Apply what frr-reload.py finds between the configuration of the moment and the pre-image; whether all is back.

    More than one pass: it prints removals before additions, and a removal can take a new line with it.
    """
    sent: list[str] = []
    with private_file(part.pre) as wanted:
        for _ in range(PASSES):
            said = ask("/usr/lib/frr/frr-reload.py", "--test", "--log-level", "critical", wanted)
            lines = [WORDY.sub(r"\1", line) for line in said.out.splitlines() if not TITLES.fullmatch(line)]
            if said.status != 0 or lines in ([], sent):
                break
            with private_file("".join(f"{line}\n" for line in lines)) as name:
                ask("vtysh", "-f", name)
            if reads_as_before(part):
                return True
            sent = lines
    return False


def judge_routes_again(part: Part, now: str) -> None:
    """FRR keeps what it let in when a filter changes: `soft` asks neighbours for their routes anew (RFC 2918)."""
    root = parse(normal(now))
    if filters(parse(normal(part.text))) != filters(parse(part.pre)) and has_bgp(root):
        must("vtysh", *(word for command in ASK_AGAIN for word in ("-c", command)))


def has_bgp(root: Section) -> bool:
    return any(section.header.startswith("router bgp ") for section in root.sections)


def filters(root: Section) -> tuple[tuple[str, ...], tuple[Section, ...], tuple[str, ...]]:
    """Lists, route maps, and where neighbours have them."""
    families = [inner for section in root.sections for inner in (section, *section.sections)]
    return (
        tuple(line for line in root.lines if line.startswith(FILTERS)),
        tuple(section for section in root.sections if section.header.startswith("route-map ")),
        tuple(line for family in families for line in family.lines if APPLIED.fullmatch(line)),
    )


def put_addresses_back(wanted: list[str]) -> bool:
    """Whether the kernel then has these and no others.

    What others took from the kernel, zebra does not give back by itself; it sees what we do, and agrees.
    """
    present = addresses()
    for each in sorted({*present, *wanted}):
        if (each in present) != (each in wanted):
            name, address = each.split()
            ask("ip", "address", "add" if each in wanted else "del", address, "dev", name)
    return addresses() == wanted


def rejected(said: str) -> dict[int, bool]:
    """The lines that `vtysh -f` could not use, by their number from 1; whether it was a daemon that refused.

    It says `line 3: % Unknown command[17]: ...` of a line that it does not know, `line 4: Failure to communicate[13] to
    zebra, ...` of one that a daemon refused, and notes without a number of lines that were taken.
    """
    found = re.findall(r"^line ([0-9]+): (Failure to communicate)?", said, re.MULTILINE)
    return {int(number): bool(by_daemon) for number, by_daemon in found}


def is_removal(line: str) -> bool:
    return line.split()[:1] == ["no"]


def missing_addresses(text: str) -> list[str]:
    """Of the interfaces that the kernel has: `interface address/length` that is configured and not there."""
    present = addresses()
    there = set(links())
    found = (
        f"{section.header.split()[1]} {line.split()[2]}"
        for section in parse(text).sections
        if section.header.startswith("interface ") and section.header.split()[1] in there
        for line in section.lines
        if line.startswith(("ip address ", "ipv6 address "))
    )
    return [each for each in found if each not in present]


def until(holds: Callable[[], bool], limit_s: float) -> bool:
    """Ask again and again: FRR tells nobody when it has read its configuration."""
    ends = time.monotonic() + limit_s
    while not holds():
        if time.monotonic() > ends:
            return False
        time.sleep(POLL_S)
    return True
