"""What is asked from the jump host: who is behind which target, and only what answers when the plan is made."""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Address

from change.model import Probe
from change.run import ProbeResult
from govnet.reach import INSTITUTION, SAMPLES, WEB_SITE, ask_from_here, behind, pinged, probes_of
from inventory.load import load
from tests.inventory.worlds import DEMO

INVENTORY = load(DEMO)


def names(target: str, kind: str) -> list[str]:
    return [probe.subject.split()[0] for probe in behind(INVENTORY, target) if probe.kind == kind]


def test_institutions_are_asked_for_the_boxes_that_lead_to_them() -> None:
    assert names("sw-rungwe", INSTITUTION) == ["rungwe-dc"]
    assert names("rr-mbeya", INSTITUTION) == ["rungwe-dc", "kyela-dc", "chunya-dc"]
    assert set(names("core-1", INSTITUTION)) >= {"rungwe-dc", "kyela-dc"}
    assert names("web-1", INSTITUTION) == names("stack-dodoma-dc", INSTITUTION) == []


def test_web_sites_are_asked_for_their_server_and_the_boxes_before_it() -> None:
    served = [each.host_name for each in INVENTORY.services if each.server == "web-1"]
    assert served
    assert names("web-1", WEB_SITE) == served
    assert set(names("core-1", WEB_SITE)) >= set(served)
    assert names("rr-mbeya", WEB_SITE) == []
    assert behind(INVENTORY, "no-such-box") == ()


def test_of_many_institutions_some_are_asked_evenly() -> None:
    one = INVENTORY.institution["rungwe-dc"]
    many = tuple(one.model_copy(update={"name": f"school-{n:02}"}) for n in range(40))
    found = behind(INVENTORY.model_copy(update={"institutions": many}), "dr-rungwe")
    asked = [probe.subject.split()[0] for probe in found if probe.kind == INSTITUTION]
    assert len(asked) == SAMPLES
    assert (asked[0], asked[-1]) == ("school-00", "school-36")


def test_only_what_answers_now_is_a_probe_and_each_is_asked_once() -> None:
    asked: list[Probe] = []

    def asks(probe: Probe) -> ProbeResult:
        asked.append(probe)
        return ProbeResult(ok="kyela" not in probe.subject, detail="asked")

    found = probes_of(INVENTORY, ("dr-rungwe", "dr-kyela", "rr-mbeya"), asks)
    assert [probe.subject.split()[0] for probe in found["rr-mbeya"]] == ["rungwe-dc", "chunya-dc"]
    assert found["dr-kyela"] == ()
    assert len(asked) == len(set(asked)) == 3


def test_an_address_that_answers_and_one_that_does_not() -> None:
    assert asyncio.run(pinged(IPv4Address("127.0.0.1"))).ok
    probe = Probe(kind=INSTITUTION, subject="nobody 192.0.2.9", expect="answers")
    assert ask_from_here(probe, lambda: None).model_dump() == {"ok": False, "detail": "silence"}


def test_a_web_site_that_nobody_serves() -> None:
    probe = Probe(kind=WEB_SITE, subject="www.example 127.0.0.1", expect="answers")
    result = ask_from_here(probe, lambda: None)
    assert not result.ok
    assert result.detail == "the connection is refused"
