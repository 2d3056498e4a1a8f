"""A step against a pretended latch behind a real sshd: what is previewed, sent, heard, and never said."""

from __future__ import annotations

import json

import pytest

from change.latch_client import LatchBroken, LatchRefused, LatchReverted, text_digest
from change.model import LatchState
from change.target import TargetError, TargetUnreachable
from network import payload
from tests.network_live.seat import PLAN, Seat, step_of, unheard


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
    assert switch.store.value("snmp-auth") not in step.model_dump_json() and "<snmp-auth#" in step.payload
    switch.target.arm(step, PLAN, 13)
    asked = switch.asked("arm")
    (part,) = asked["parts"]  # type: ignore[misc]  # a list, by the wire format
    assert switch.store.value("snmp-auth") in part["text"] and "<" not in part["text"].replace("<<", "")
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
