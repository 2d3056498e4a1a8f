"""Readings of one round + the intended topology -> the state of every device, link, institution and service. Pure.

What each state means (all of it relative to the jump host, which is where we look from):

- up: there is evidence for it in this round. A device answered ICMP or SNMP; a link is up by its ends' own tables; an
  institution's equipment answered ICMP. An institution with a second path is up when one is cut, because it answers.
  A service gave a page over HTTPS, by its own name and with a certificate of our authority.
- down: there is evidence against it. A device does not answer although a neighbour that answers has a working link to
  it, or every neighbour that can say (two or more) lost it. A link is seen down from either end. An institution does
  not answer although its switch does. A service does not, or wrongly, although its server is up.
- unreachable: nothing is known against it, but it does not answer and what leads to it is down: the single-homed
  district behind a cut link, and its institutions; the services of a server that is down. It is an outage to the people
  there, so uptime counts it as not available, and reports show it as such, under its root cause (the cut link, which
  alone is down).
- unknown: not read in this round, or nobody could say (a link neither of whose ends was read). When not one device
  answers, our own way in is what failed, and everything is unknown.

A device is reachable through any device but an upstream's: a network that is not ours is no path of ours. A machine's
cable has carrier as long as the machine runs, so where it lost its carrier, the machine is down, and not its link.
Interface states come from a cache in net-snmp that is up to 15 s old; OSPF and LLDP tables are live. So where routing
or LLDP can speak for a link, it does, and ifOperStatus speaks for the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv4Interface
from typing import NamedTuple

from inventory.model import Inventory, Link, LinkEnd, LinkKind, Role
from monitoring.model import Fault, ProbeReading, Reading, ServiceReading, State, Subject, SubjectKind
from monitoring.oids import OSPF_UP
from monitoring.served import served


class Judgement(NamedTuple):
    """A state and, where it is not up, why: `link x down`, `device y down`; several joined by a comma, sorted.

    Of a service that is down for itself: `service z down: ` and the words of a Fault.
    """

    state: State
    cause: str = ""


UP = Judgement(State.UP)
BLIND = Judgement(State.UNKNOWN, "nothing answered the jump host")
NAMED = re.compile(
    rf"(?P<kind>{'|'.join(SubjectKind)}) (?P<name>\S+) down(?:: (?P<fault>{'|'.join(map(re.escape, Fault))}))?"
)
Vote = bool | None
"""What one end says of a link: up, down, or nothing."""


def subjects(inventory: Inventory) -> tuple[Subject, ...]:
    """All that is judged: devices, links, institutions with equipment to ask, services; in the inventory's order."""
    return (
        *(Subject(kind=SubjectKind.DEVICE, name=device.name) for device in inventory.devices),
        *(Subject(kind=SubjectKind.LINK, name=link.name) for link in inventory.links),
        *(Subject(kind=SubjectKind.INSTITUTION, name=one.name) for one in inventory.institutions if one.probe),
        *(_service(one.name) for one in served(inventory)),
    )


def judge(
    inventory: Inventory,
    readings: Iterable[Reading],
    probes: Iterable[ProbeReading],
    services: Iterable[ServiceReading],
) -> dict[Subject, Judgement]:
    """One judgement for each of `subjects(inventory)`. Readings of names that it does not have are ignored."""
    read = {reading.device: reading for reading in readings if reading.device in inventory.device}
    answers = {probe.institution: probe for probe in probes}
    asked = {reading.service: reading for reading in services}
    heard = (
        *map(_answered, read.values()),
        *(probe.reachable for probe in answers.values()),
        *(reading.status is not None for reading in asked.values()),
    )
    if not any(heard):
        return dict.fromkeys(subjects(inventory), BLIND)
    links = {link.name: _link_votes(inventory, link, read) for link in inventory.links}
    devices = _devices(inventory, read, links)
    judged = {_device(name): judgement for name, judgement in devices.items()}
    for link in inventory.links:
        judged[_link(link.name)] = _link_judgement(link, links[link.name], devices)
    for institution in inventory.institutions:
        if institution.probe:
            switch = devices[institution.port.device] if institution.port else UP
            subject = Subject(kind=SubjectKind.INSTITUTION, name=institution.name)
            judged[subject] = _institution_judgement(subject, answers.get(institution.name), switch)
    for service in served(inventory):
        judged[_service(service.name)] = _service_judgement(asked.get(service.name), devices[service.server.name])
    return {subject: judged[subject] for subject in subjects(inventory)}


def _device(name: str) -> Subject:
    return Subject(kind=SubjectKind.DEVICE, name=name)


def _link(name: str) -> Subject:
    return Subject(kind=SubjectKind.LINK, name=name)


def _service(name: str) -> Subject:
    return Subject(kind=SubjectKind.SERVICE, name=name)


def _answered(reading: Reading) -> bool:
    return reading.reachable or reading.answered


def named(subject: Subject) -> str:
    """How a subject stands in a cause."""
    return f"{subject.kind} {subject.name} down"


def roots(cause: str) -> tuple[Subject, ...]:
    """The subjects that a cause names, in its order; none where it names none."""
    found = (NAMED.fullmatch(part) for part in cause.split(", "))
    return tuple(Subject(kind=SubjectKind(match["kind"]), name=match["name"]) for match in found if match)


def fault(cause: str) -> Fault | None:
    """What is wrong with the service that a cause names; None where it names none."""
    found = NAMED.fullmatch(cause)
    return Fault(found["fault"]) if found and found["fault"] else None


# What an end says of its link ---------------------------------------------------------------------------------------


def _ospf_vote(inventory: Inventory, here: LinkEnd, there: LinkEnd, reading: Reading) -> Vote:
    """A device with no neighbour at all says nothing: it may have no OSPF-MIB."""
    if not reading.ospf:
        return None
    far = {
        str(address.ip)
        for address in inventory.device[there.device].interface(there.interface).addresses
        if isinstance(address, IPv4Interface)
    }
    states = [neighbour.state for neighbour in reading.ospf if neighbour.address in far]
    return any(state in OSPF_UP for state in states) if far else None


def _lldp_vote(inventory: Inventory, here: LinkEnd, there: LinkEnd, reading: Reading) -> Vote:
    """Hearing the far end proves the link; not hearing it proves nothing (LLDP speaks every 30 s)."""
    heard = any(
        (neighbour.interface, neighbour.remote_device) == (here.interface, there.device) for neighbour in reading.lldp
    )
    return True if heard else None


def _oper_vote(inventory: Inventory, here: LinkEnd, there: LinkEnd, reading: Reading) -> Vote:
    """ifOperStatus; an interface that an agent with interfaces does not have is down."""
    if not reading.interfaces:
        return None
    return any(one.oper_up for one in reading.interfaces if one.interface == here.interface)


Voter = Callable[[Inventory, LinkEnd, LinkEnd, Reading], Vote]
VOTERS: dict[LinkKind, tuple[Voter, ...]] = {
    LinkKind.BACKBONE: (_ospf_vote, _oper_vote),
    LinkKind.TRUNK: (_lldp_vote, _oper_vote),
    LinkKind.ACCESS: (_lldp_vote, _oper_vote),
    LinkKind.UPSTREAM: (_oper_vote,),
}
"""The first that has an opinion speaks for its end."""


def _link_votes(inventory: Inventory, link: Link, read: Mapping[str, Reading]) -> dict[str, bool]:
    """Device name of an end to what it says; ends that say nothing are left out."""
    votes: dict[str, bool] = {}
    for here, there in ((link.a, link.b), (link.b, link.a)):
        reading = read.get(here.device)
        if reading is None or not reading.answered:
            continue
        opinions = (voter(inventory, here, there, reading) for voter in VOTERS[link.kind])
        vote = next((opinion for opinion in opinions if opinion is not None), None)
        if vote is not None:
            votes[here.device] = vote
    return votes


# Devices ------------------------------------------------------------------------------------------------------------


def _devices(
    inventory: Inventory, read: Mapping[str, Reading], votes: Mapping[str, dict[str, bool]]
) -> dict[str, Judgement]:
    answering = {name for name, reading in read.items() if _answered(reading)}
    answering.add(inventory.world.jump_host)
    judged: dict[str, Judgement] = {}
    dark: set[str] = set()
    for device in inventory.devices:
        if device.name in answering:
            judged[device.name] = UP
        elif device.role is Role.UPSTREAM:
            judged[device.name] = _upstream(inventory, device.name, votes)
        elif device.name not in read:
            judged[device.name] = Judgement(State.UNKNOWN, "not read")
        elif _blamed(inventory, device.name, answering, votes):
            judged[device.name] = Judgement(State.DOWN, named(_device(device.name)))
        else:
            dark.add(device.name)
    for name in dark:
        judged[name] = Judgement(State.UNREACHABLE, _why_dark(inventory, name, dark, judged, votes))
    return judged


def _upstream(inventory: Inventory, name: str, votes: Mapping[str, dict[str, bool]]) -> Judgement:
    """A router that is not ours is known by its links alone."""
    said = [vote for link in inventory.links_of[name] for vote in votes[link.name].values()]
    if not said:
        return Judgement(State.UNKNOWN, "no end of its links was read")
    return UP if any(said) else Judgement(State.DOWN, named(_device(name)))


def _blamed(inventory: Inventory, name: str, answering: set[str], votes: Mapping[str, dict[str, bool]]) -> bool:
    """Whether its silence is its own fault: a way to it works, or two or more neighbours lost it and none has it.

    A machine that one neighbour lost is blamed too: no cable of its own could have been cut.
    """
    said = []
    for link in inventory.links_of[name]:
        far = _far(link, name)
        if far not in answering or inventory.device[far].role is Role.UPSTREAM:
            continue
        vote = votes[link.name].get(far)
        if vote is not False or name in inventory.machine:
            return True
        said.append(vote)
    return len(said) >= 2


def _why_dark(
    inventory: Inventory,
    name: str,
    dark: set[str],
    judged: Mapping[str, Judgement],
    votes: Mapping[str, dict[str, bool]],
) -> str:
    """The edge of the dark part that a device lies in: the cut links and the dead devices that it begins at."""
    seen, queue, causes = {name}, [name], set()
    while queue:
        here = queue.pop()
        for link in inventory.links_of[here]:
            far = _far(link, here)
            if far in dark:
                if far not in seen:
                    seen.add(far)
                    queue.append(far)
            elif judged[far].state is State.DOWN and inventory.device[far].role is not Role.UPSTREAM:
                causes.add(judged[far].cause)
            elif votes[link.name].get(far) is False:
                causes.add(named(_link(link.name)))
    return ", ".join(sorted(causes)) or "no path that was read"


def _far(link: Link, name: str) -> str:
    return link.b.device if link.a.device == name else link.a.device


# Links, institutions and services -----------------------------------------------------------------------------------


def _link_judgement(link: Link, votes: Mapping[str, bool], devices: Mapping[str, Judgement]) -> Judgement:
    ends = {end.device: devices[end.device] for end in link.ends}
    if votes:
        if all(votes.values()):
            return UP
        dead = [judgement.cause for judgement in ends.values() if judgement.state is State.DOWN]
        return Judgement(State.DOWN, ", ".join(dead) or named(_link(link.name)))
    if all(judgement.state in (State.DOWN, State.UNREACHABLE) for judgement in ends.values()):
        return Judgement(State.UNREACHABLE, ", ".join(sorted({judgement.cause for judgement in ends.values()})))
    return Judgement(State.UNKNOWN, "neither end could say")


def _institution_judgement(subject: Subject, probe: ProbeReading | None, switch: Judgement) -> Judgement:
    if probe is None:
        return Judgement(State.UNKNOWN, "not probed")
    if probe.reachable:
        return UP
    if switch.state in (State.DOWN, State.UNREACHABLE):
        return Judgement(State.UNREACHABLE, switch.cause)
    return Judgement(State.DOWN, named(subject))


def _service_judgement(reading: ServiceReading | None, server: Judgement) -> Judgement:
    if reading is None:
        return Judgement(State.UNKNOWN, "not probed")
    if reading.fault is None:
        return UP
    if server.state in (State.DOWN, State.UNREACHABLE):
        return Judgement(State.UNREACHABLE, server.cause)
    return Judgement(State.DOWN, f"{named(_service(reading.service))}: {reading.fault}")
