"""Changes that go wrong in every way that we know, side by side in six districts: each puts itself back to the byte."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.twin.conftest import Twin
from tests.twin.districts import ALL, CHUNYA, KARATU, KYELA, MONDULI, NGORONGORO, RUNGWE, District

pytestmark = pytest.mark.twin

WHEN_TRIED = """until grep -q '"state": "tried"' /var/lib/govnet-latch/record.json; do sleep 0.1; done"""
WHEN_TRYING = "until pgrep -f 'vtysh -[f]' >/dev/null; do sleep 0.02; done; {}"
"""Inside the machine, bounded by `timeout`: wait until the latch feeds FRR, then act. The bracket hides this shell."""


def bring_about(twin: Twin, district: District) -> None:
    """The fault that goes with each district's change; those without one break by themselves."""
    if district in (CHUNYA, KYELA):
        twin.on(district.router, "timeout", "60", "sh", "-c", WHEN_TRIED)  # a box that cut itself off cannot tell us
        twin.lab("fault", "power-cut" if district is CHUNYA else "reboot", district.router)
    elif district in (RUNGWE, MONDULI):
        victim = "pkill -9 -f 'vtysh -[f]'" if district is RUNGWE else "pkill -9 -x ospfd"
        twin.on(district.router, "timeout", "60", "sh", "-c", WHEN_TRYING.format(victim))


def test_six_bad_changes_side_by_side_all_put_back_to_the_byte(world: Twin) -> None:
    before = {district: world.running(district.router) for district in ALL}
    for edit in (*CHUNYA.renumbered(40), *KARATU.renumbered(50)):
        world.edit(*edit)  # cut off at once
    for district in (NGORONGORO, KYELA):
        world.rekey(f"{district.region}/links.yaml", f"rr-{district.region}--dr-{district.name}")  # at the dead timer
    for district in (RUNGWE, MONDULI):
        world.edit(*district.described("mabadiliko"))  # harmless, but for the fault
    seats = dict.fromkeys(ALL, world) | dict.fromkeys((RUNGWE, MONDULI), world.altered("at-length"))
    plans = {district: seat.plan(district.router) for district, seat in seats.items()}
    since = world.last_entry()
    with ThreadPoolExecutor(len(ALL)) as pool:
        faults = [pool.submit(bring_about, world, district) for district in ALL]
        applies = {district: seat.begin(plans[district]) for district, seat in seats.items()}
        said = {district: apply.communicate(timeout=180)[0] for district, apply in applies.items()}
        for fault in faults:
            fault.result()
    assert {d.name: apply.returncode for d, apply in applies.items()} == {d.name: 4 for d in ALL}, said
    assert world.outcomes(since) == {district.router: "reverted" for district in ALL}
    for district in ALL:
        assert world.running(district.router) == before[district], district.name
        assert world.on(district.router, "ls", "/run/govnet-latch").strip() == ""


def test_a_command_that_the_device_rejects_leaves_the_pre_image(world: Twin) -> None:
    before = world.running(KARATU.router)
    world.edit(*KARATU.described("mabadiliko"))
    wrong = world.altered("rejected")
    said = wrong.expect(4, "apply", str(wrong.plan(KARATU.router)))
    assert "FRR rejected line 1 of" in said
    assert world.running(KARATU.router) == before


def test_the_latch_of_every_box_is_idle_after_all_this(twin: Twin) -> None:
    timers = twin.on(KYELA.router, "systemctl", "list-timers", "--all", "--no-legend")
    assert "latch" not in timers
